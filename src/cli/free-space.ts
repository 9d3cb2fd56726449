/** How much space is left where something is about to be written. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../errors.ts';
import { exists } from '../store/store.ts';
import { formatSize } from '../units.ts';

/** Bytes that are free for a file at a path, which need not be there yet. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(await existing(path));
  return bavail * bsize;
}

/**
 * Refuses to begin long work that would end with a full disk.
 * @param need.paths Where it writes, and how many bytes at most.
 * @param need.what Begins the sentence "… need space".
 * @throws {UserError}
 */
export async function assertSpace(need: {
  readonly paths: readonly (readonly [path: string, bytes: number])[];
  readonly what: string;
  readonly next: readonly string[];
}): Promise<void> {
  for (const [path, bytes] of need.paths) {
    const free = await freeBytes(path);
    if (free >= bytes) continue;
    throw new UserError('no-space', `${need.what} need more space than there is`, {
      seen: `${formatSize(free)} free`,
      needed: formatSize(bytes),
      where: path,
      next: need.next,
    });
  }
}

/** The nearest folder above a path that exists. */
async function existing(path: string): Promise<string> {
  return path === '/' || (await exists(path)) ? path : existing(dirname(path));
}
