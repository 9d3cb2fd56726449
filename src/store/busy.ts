/** Whether a build works on a store right now. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../exec/run.ts';

/** What flock(1) is told to end with when another process holds the lock. */
const HELD = 75;

/**
 * The names of the locks that are held. A build holds that of its output folder all the time, and those of its
 * stages; each lock here is taken for an instant and given back, so a build that asks for it at this instant waits.
 */
export async function heldLocks(directory: string, signal: AbortSignal): Promise<readonly string[]> {
  const folder = join(directory, 'locks');
  const names = await readdir(folder).catch(() => [] as string[]);
  const held: string[] = [];
  for (const name of names) {
    const command = ['flock', '--nonblock', '--conflict-exit-code', String(HELD), join(folder, name), 'true'];
    const { exitCode } = await run(command as [string, ...string[]], { signal, accept: [0, HELD] });
    if (exitCode === HELD) held.push(name);
  }
  return held;
}
