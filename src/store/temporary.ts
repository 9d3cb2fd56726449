/** Temporary folders of running builds, and the removal of those whose build was killed. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Identifies a process across pid reuse: its number and the kernel's start time of it. Undefined when it is no more. */
export async function processMark(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command name may hold spaces and parentheses; the fields after the last one are fixed (proc_pid_stat(5)).
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${pid}-${startTime}`;
  } catch {
    return undefined;
  }
}

/** Whether the process of a mark still runs. */
export async function isRunning(mark: string): Promise<boolean> {
  return (await processMark(Number(mark.split('-')[0]))) === mark;
}

/** Makes a fresh folder that belongs to this process. */
export async function makeTemporary(root: string): Promise<string> {
  await mkdir(root, { recursive: true });
  return mkdtemp(join(root, `${await processMark(process.pid)}-`));
}

/** A name beside `path` for what is being written and then renamed to it. See {@link sweepUnfinished}. */
export async function unfinishedName(path: string): Promise<string> {
  return `${path}.${await processMark(process.pid)}.${randomBytes(4).toString('hex')}.tmp`;
}

const UNFINISHED = /\.(\d+-\d+)\.[0-9a-f]{8}\.tmp$/;

/** Removes what killed processes were writing into a folder, not looking into the folders in it. */
export async function sweepUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    const mark = UNFINISHED.exec(name)?.[1];
    if (mark !== undefined && !(await isRunning(mark))) await rm(join(folder, name), { force: true });
  }
}

/**
 * Removes the folders of processes that are no more.
 * @param remove How to remove one: as an ordinary user, files of subordinate ids need the user namespace.
 * @returns The folders that were removed.
 */
export async function sweepTemporary(
  root: string,
  remove: (path: string) => Promise<void> = (path) => rm(path, { recursive: true, force: true }),
): Promise<string[]> {
  const names = await readdir(root).catch(() => [] as string[]);
  const swept: string[] = [];
  for (const name of names) {
    const mark = name.split('-').slice(0, 2).join('-');
    if (await isRunning(mark)) continue;
    await remove(join(root, name));
    swept.push(name);
  }
  return swept;
}
