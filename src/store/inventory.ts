/** What a store holds, for clean-up: every entry with its size on disk and its last use. Nothing is changed. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../exec/run.ts';
import { isRunning } from './temporary.ts';

/** A file or folder of the store. */
export interface StoreEntry {
  readonly path: string;
  /** Blocks taken on disk: an image's holes take none. */
  readonly sizeBytes: number;
  /** When it was last used, in ms since 1970. */
  readonly usedAt: number;
}

/** A stage's record. */
export interface RecordEntry extends StoreEntry {
  /** Digests of the objects it names; of a record that cannot be read, none. */
  readonly objects: readonly string[];
}

/** An object, whose name is its digest. */
export interface ObjectEntry extends StoreEntry {
  readonly sha256: string;
}

/** Everything in a store. */
export interface Inventory {
  readonly records: readonly RecordEntry[];
  readonly objects: readonly ObjectEntry[];
  /** Parts of downloads that no running process works on. */
  readonly parts: readonly StoreEntry[];
  /** What is remembered of output folders. */
  readonly outputs: readonly StoreEntry[];
  readonly lists: readonly StoreEntry[];
  readonly tools: readonly StoreEntry[];
}

/** Takes stock of a store's folder; a missing one is empty. */
export async function takeInventory(directory: string): Promise<Inventory> {
  const [records, objects, parts, outputs, lists, tools] = await Promise.all([
    readRecords(directory),
    readObjects(directory),
    readParts(join(directory, 'parts')),
    filesIn(join(directory, 'outputs')),
    foldersIn(join(directory, 'lists'), 'fetched'),
    foldersIn(join(directory, 'tools'), 'var/lib/dpkg/status'),
  ]);
  return { records, objects, parts, outputs, lists, tools };
}

/** The records alone: read again just before objects are removed. */
export async function readRecords(directory: string): Promise<readonly RecordEntry[]> {
  const files = await filesInFans(join(directory, 'records'));
  return Promise.all(files.map(async (entry) => ({ ...entry, objects: await objectsOf(entry.path) })));
}

async function objectsOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  // Any digest in it counts, in whatever form a newer version writes it: better one object too many is kept.
  return text.match(/\b[0-9a-f]{64}\b/g) ?? [];
}

async function readObjects(directory: string): Promise<readonly ObjectEntry[]> {
  const files = await filesInFans(join(directory, 'objects'));
  return files.map((entry) => ({ ...entry, sha256: entry.path.slice(entry.path.lastIndexOf('/') + 1) }));
}

/** `SHA256` when nobody works on it, `SHA256.MARK` while the process MARK does (packages/downloads.ts). */
async function readParts(folder: string): Promise<readonly StoreEntry[]> {
  const parts = await filesIn(folder);
  const running = await Promise.all(parts.map(({ path }) => isRunning(path.split('.').at(-1) ?? '')));
  return parts.filter((_, index) => !running[index]);
}

/** Files in `folder/ab/…`. */
async function filesInFans(folder: string): Promise<readonly StoreEntry[]> {
  const fans = await readdir(folder).catch(() => [] as string[]);
  return (await Promise.all(fans.map((fan) => filesIn(join(folder, fan))))).flat();
}

async function filesIn(folder: string): Promise<readonly StoreEntry[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const entries = await Promise.all(names.map((name) => entryOf(join(folder, name))));
  return entries.filter((entry) => entry !== undefined);
}

/** A file as it is now; undefined when it is gone. */
export async function entryOf(path: string): Promise<StoreEntry | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  // A rename into the store changes the inode's time, not the content's.
  // An output folder may have the file as well (build/output.ts): that frees nothing.
  const sizeBytes = found.nlink > 1 ? 0 : found.blocks * 512;
  return { path, sizeBytes, usedAt: Math.max(found.mtimeMs, found.ctimeMs) };
}

/** Folders; a file in each tells by its times when the folder was last used. */
async function foldersIn(folder: string, witness: string): Promise<readonly StoreEntry[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const times = (await stat(join(path, witness)).catch(() => undefined)) ?? (await stat(path));
      const { stdout } = await run(['du', '--summarize', '--block-size=1', path]);
      return {
        path,
        sizeBytes: Number(stdout.split('\t')[0]),
        // Reading the file counts as use; with relatime the time of reading is right to a day.
        usedAt: Math.max(times.mtimeMs, times.ctimeMs, times.atimeMs),
      };
    }),
  );
}
