/**
 * Processor time of the programs that this process has started: where QEMU emulates the processor, it says what a machine
 * cost, and other work on the same host does not change it much.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { BugError } from '../src/errors.ts';

/** Of the kernel's interface, whatever its own clock: USER_HZ in proc_pid_stat(5). */
const TICKS_PER_SECOND = 100;

interface Process {
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
}

/**
 * User and system time of every descendant with such a name, threads included.
 * @param name Its beginning, as in `/proc/PID/comm`.
 * @throws {BugError} when there is none.
 */
export function processorMsOf(name: string): number {
  const processes = readProcesses();
  const isOurs = (id: number): boolean => {
    for (let at = processes.get(id)?.parent; at !== undefined; at = processes.get(at)?.parent)
      if (at === process.pid) return true;
    return false;
  };
  const found = [...processes].filter(([id, each]) => each.name.startsWith(name) && isOurs(id));
  if (found.length === 0) throw new BugError(`no ${name} was started by this process`);
  return found.reduce((sum, [, { ticks }]) => sum + (ticks * 1000) / TICKS_PER_SECOND, 0);
}

function readProcesses(): ReadonlyMap<number, Process> {
  return new Map(
    readdirSync('/proc')
      .filter((entry) => /^[0-9]+$/.test(entry))
      .flatMap((entry): [number, Process][] => {
        const stat = statOf(entry);
        // The name may hold anything, but it ends with the last parenthesis.
        const [, name = '', rest = ''] = /^[0-9]+ \((.*)\) (.*)$/s.exec(stat) ?? [];
        const fields = rest.split(' ');
        // From the third field on: state, ppid, …; utime and stime are the 14th and the 15th.
        const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
        return parent === undefined || stat === ''
          ? []
          : [[Number(entry), { parent, name, ticks: (user ?? 0) + (system ?? 0) }]];
      }),
  );
}

/** Empty when it has ended. */
function statOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8');
  } catch {
    return '';
  }
}
