/** What the clock on the wall shows, here or in another time zone: date(1), which knows when clocks change. */
import type { Host } from '../host.ts';
import { parseWallClock, type WallClock } from './window.ts';

const ZONES = '/usr/share/zoneinfo';

/**
 * @param timeZone Undefined: the machine's own.
 * @returns The time, or why it is not known: the C library takes an unknown zone for UTC, without a word.
 */
export function wallClock(host: Host, timeZone: string | undefined): WallClock | string {
  if (timeZone !== undefined && !['file', 'symlink'].includes(host.kind(`${ZONES}/${timeZone}`) ?? ''))
    return `this machine has no time zone ${timeZone} in ${ZONES}`;
  const format = '+%u %H %M %S';
  const { exitCode, stdout, stderr } = host.run(
    timeZone === undefined ? ['date', format] : ['env', `TZ=${timeZone}`, 'date', format],
  );
  const clock = exitCode === 0 ? parseWallClock(stdout) : undefined;
  return clock ?? `the time is not known: date says ${JSON.stringify((stderr || stdout).trim())}`;
}
