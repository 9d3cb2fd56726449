/**
 * The content-addressed store. On disk:
 *
 *     objects/ab/abcdef…      file contents, named by their SHA-256, read-only
 *     records/ab/abcdef….json what a stage made: its digest → named objects
 *     locks/                  one lock file per stage digest (see lock.ts)
 *     tmp/                    folders of running builds (see temporary.ts)
 *     lists/, tools/          apt's package lists, and the tools trees
 *
 * Everything is written to a temporary file and renamed: a reader never sees half an entry. Records are synced;
 * objects are not, since each is verified by its digest before use.
 */
import { constants } from 'node:fs';
import { access, chmod, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { BugError } from '../errors.ts';
import { digestBytes, digestFile } from './digest.ts';
import { type LockOptions, lockFile, type Unlock } from './lock.ts';
import { makeTemporary, unfinishedName } from './temporary.ts';

/** A file in the store. */
export interface StoredObject {
  readonly sha256: string;
  readonly sizeBytes: number;
}

const storedObject = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int().nonnegative(),
});

const stageRecordSchema = z.object({
  stage: z.string(),
  objects: z.record(z.string(), storedObject),
  values: z.record(z.string(), z.unknown()),
});

/** Objects are never written to. */
export const OBJECT_MODE = 0o444;

/** What a stage made: files, and small values such as a root hash. */
export interface StageRecord {
  readonly stage: string;
  readonly objects: Readonly<Record<string, StoredObject>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Where the store is: `$BASALT_STORE`, else `$XDG_CACHE_HOME/basalt`, else `~/.cache/basalt`. */
export function defaultStoreDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.BASALT_STORE) return env.BASALT_STORE;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'basalt');
}

export class Store {
  /** @param directory The store's folder; made when first written to. */
  constructor(readonly directory: string) {}

  /** Where an object's content is, whether or not it is there. */
  objectPath(sha256: string): string {
    return join(this.directory, 'objects', sha256.slice(0, 2), sha256);
  }

  private recordPath(digest: string): string {
    return join(this.directory, 'records', digest.slice(0, 2), `${digest}.json`);
  }

  /** A fresh folder on the store's file system, removed by the caller or, after a kill, by the next build. */
  makeTemporary(): Promise<string> {
    return makeTemporary(join(this.directory, 'tmp'));
  }

  /** Whether an object of this size is present. Its content is not looked at: see {@link verifyObject}. */
  async hasObject(object: StoredObject): Promise<boolean> {
    const found = await stat(this.objectPath(object.sha256)).catch(() => undefined);
    return found?.size === object.sizeBytes;
  }

  /**
   * Whether an object's content still has its digest. A damaged object is removed, so that it will be made again.
   */
  async verifyObject(object: StoredObject, signal?: AbortSignal): Promise<boolean> {
    const path = this.objectPath(object.sha256);
    if (!(await this.hasObject(object))) {
      await rm(path, { force: true });
      return false;
    }
    const before = await stat(path, { bigint: true }).catch(() => undefined);
    const sha256 = await digestFile(path, signal).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (sha256 === object.sha256) return true;
    // While it was read, another build may have noticed as well and put a good one there: that one stays.
    const now = await stat(path, { bigint: true }).catch(() => undefined);
    if (now?.ino === before?.ino) await rm(path, { force: true });
    return false;
  }

  /**
   * Moves a finished file on the store's file system into the store.
   * @param known.sha256 Its digest, when whoever wrote it computed it meanwhile.
   * @throws {InterruptedError} when the signal was aborted.
   */
  async adopt(
    path: string,
    known: { readonly sha256?: string | undefined; readonly signal?: AbortSignal } = {},
  ): Promise<StoredObject> {
    const sha256 = known.sha256 ?? (await digestFile(path, known.signal));
    const { size } = await stat(path);
    const target = this.objectPath(sha256);
    await mkdir(dirname(target), { recursive: true });
    await chmod(path, OBJECT_MODE);
    // Not synced: every object is verified by its digest before use, so a power cut costs a rebuild at worst.
    await rename(path, target);
    return { sha256, sizeBytes: size };
  }

  /** Stores a text or bytes. */
  async put(data: string | Uint8Array): Promise<StoredObject> {
    const sha256 = digestBytes(data);
    const object = { sha256, sizeBytes: Buffer.byteLength(data) };
    if (!(await this.hasObject(object)))
      await this.writeAtomically(this.objectPath(sha256), data, OBJECT_MODE);
    return object;
  }

  /** The record of a stage, or undefined when there is none or it cannot be read. */
  async readRecord(digest: string): Promise<StageRecord | undefined> {
    const path = this.recordPath(digest);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch {
      return undefined;
    }
    try {
      const { sha256, record } = z
        .object({ sha256: z.string(), record: stageRecordSchema })
        .parse(JSON.parse(text));
      if (digestBytes(JSON.stringify(record)) !== sha256) throw new BugError('record damaged');
      // Clean-up removes what was not used for long.
      await utimes(path, new Date(), new Date()).catch(() => undefined);
      return record;
    } catch {
      await rm(path, { force: true });
      return undefined;
    }
  }

  /** Records what a stage made, after its objects are in the store. */
  async writeRecord(digest: string, record: StageRecord): Promise<void> {
    const plain: unknown = stageRecordSchema.parse(JSON.parse(JSON.stringify(record)));
    const text = JSON.stringify({ sha256: digestBytes(JSON.stringify(plain)), record: plain });
    await this.writeAtomically(this.recordPath(digest), `${text}\n`, 0o644);
  }

  /** Takes the lock of a stage or of another named thing; a second build waits for it. */
  async lock(name: string, options: LockOptions): Promise<Unlock> {
    const path = join(this.directory, 'locks', name);
    await mkdir(dirname(path), { recursive: true });
    return lockFile(path, options);
  }

  /** Through the store's own temporary folder: what a killed build was writing is swept with the rest. */
  private async writeAtomically(path: string, data: string | Uint8Array, mode: number): Promise<void> {
    const folder = await this.makeTemporary();
    try {
      const temporary = join(folder, 'entry');
      await writeFileAtomically(temporary, data, mode);
      await mkdir(dirname(path), { recursive: true });
      await rename(temporary, path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Writes a file so that a reader sees the old or the new content, never a part: temporary file, sync, rename. */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = await unfinishedName(path);
  try {
    const handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, mode);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Whether a path exists. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
