/**
 * Where a stage unpacks: in memory when there is room (a third of the time of a disk with many small files),
 * else in the stage's folder on disk.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Bind } from '../exec/sandbox.ts';
import type { StageKind } from '../plan/catalogue.ts';
import { formatSize, GIB } from '../units.ts';
import type { StageContext } from './stage.ts';

/** Memory left to the programs that work on the tree, and to the rest of the machine. */
const RESERVE_BYTES = 1.5 * GIB;

/** Sandbox options that make `/work` writable: a tmpfs or a folder. */
export async function workspaceFor<Kind extends StageKind>(
  context: StageContext<Kind>,
  neededBytes: number,
): Promise<{ readonly tmpfs: readonly string[]; readonly binds: readonly Bind[] }> {
  const available = await availableMemoryBytes();
  // A tmpfs holds half of the memory at most (tmpfs(5)).
  if (available >= neededBytes + RESERVE_BYTES && neededBytes <= totalmem() / 2)
    return { tmpfs: ['/work'], binds: [] };
  context.warn(
    `working on disk, which is slower: about ${formatSize(neededBytes)} are needed and ${formatSize(available)} of memory are free`,
  );
  const folder = join(context.directory, 'work');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  return { tmpfs: [], binds: [{ source: folder, target: '/work', writable: true }] };
}

/** A guess at the size of what an input's packages unpack to, from their own size. */
export function unpackedBytes<Kind extends StageKind>(context: StageContext<Kind>, input: string): number {
  return inputBytes(context, input) * 5;
}

/** The size of an input's objects. */
export function inputBytes<Kind extends StageKind>(context: StageContext<Kind>, input: string): number {
  return Object.values(context.inputs[input]?.objects ?? {}).reduce(
    (sum, { sizeBytes }) => sum + sizeBytes,
    0,
  );
}

async function availableMemoryBytes(): Promise<number> {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1];
  return Number(kib ?? 0) * 1024;
}
