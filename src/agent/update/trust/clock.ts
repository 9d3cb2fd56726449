/** Whether the machine's clock can be right: whether a document has expired is judged by it. */
import type { Host } from '../../host.ts';
import { onMachine } from '../../machine/scratch.ts';
import { UpdateFailure } from '../failure.ts';

/** Every file of the image has the date of its build. */
const OF_THE_IMAGE = '/usr/lib/os-release';

/**
 * A clock that stands before the image was built shows that it was never set; expired documents would pass.
 * @throws {UpdateFailure}
 */
export function checkClock(host: Host): void {
  const { exitCode, stdout } = host.run([
    'stat',
    '--dereference',
    '--format=%Y',
    '--',
    onMachine(host, OF_THE_IMAGE),
  ]);
  const builtMs = exitCode === 0 ? Number(stdout) * 1000 : 0;
  if (host.nowMs() >= builtMs) return;
  throw new UpdateFailure(
    `the clock says ${shown(host.nowMs())}, which is before this image was built (${shown(builtMs)}): with a wrong clock nobody can tell whether a repository is out of date`,
    { next: SET_IT, passing: true },
  );
}

/** What to say of the clock when something has expired; empty when the clock is known to be right. */
export function clockWords(host: Host): string {
  const { exitCode, stdout } = host.run(['timedatectl', 'show', '--property=NTPSynchronized', '--value'], {
    timeoutMs: 10_000,
  });
  const now = `the clock says ${shown(host.nowMs())}`;
  if (exitCode === 0 && stdout.trim() === 'yes') return now;
  return `${now}, and is not synchronised: is it right?`;
}

/** What to do about a clock. */
export const SET_IT = 'see "timedatectl": the clock should be synchronised';

function shown(ms: number): string {
  return new Date(ms).toISOString().replace(/\.[0-9]{3}Z$/, 'Z');
}
