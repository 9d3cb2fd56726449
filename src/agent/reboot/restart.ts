/** Restarts the machine, in good order. */
import { type Host, HostError } from '../host.ts';

/** For people who are logged in, to save their work. */
const WARNING_MS = 60_000;

/** @throws {HostError} when systemd refuses. */
export function restart(host: Host, reason: string): void {
  if (host.run(['who']).stdout.trim() !== '') {
    host.run(['wall', `This machine restarts in a minute: ${reason}`]);
    host.sleep(WARNING_MS);
  }
  const { exitCode, stderr } = host.run(['systemctl', 'reboot', `--message=${reason}`]);
  if (exitCode !== 0) throw new HostError('restart the machine', stderr.trim() || `exit code ${exitCode}`);
}
