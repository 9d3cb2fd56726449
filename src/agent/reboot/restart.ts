/** Restarts the machine, in good order. */
import { type Host, HostError } from '../host.ts';

/** For people who are logged in, to save their work. */
const WARNING_MS = 60_000;

/** who(1) shows a session's terminal second: ssh without one is a program's. */
const HAS_TERMINAL = /^\S+\s+(pts\/|tty|console|hvc)/m;

/**
 * @param still Asked after the minute that people are given: somebody may have thought better of it.
 * @returns Whether systemd was told.
 * @throws {HostError} when systemd refuses.
 */
export function restart(host: Host, reason: string, still: () => boolean): boolean {
  if (HAS_TERMINAL.test(host.run(['who']).stdout)) {
    host.run(['wall', `This machine restarts in a minute: ${reason}`]);
    host.sleep(WARNING_MS);
    if (!still()) return false;
  }
  const { exitCode, stderr } = host.run(['systemctl', 'reboot', `--message=${reason}`]);
  if (exitCode !== 0) throw new HostError('restart the machine', stderr.trim() || `exit code ${exitCode}`);
  return true;
}
