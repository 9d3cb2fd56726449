/** A folder as a place for releases. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.ts';
import { writeDurably } from '../../release/durable.ts';
import { digestBytes, digestFile } from '../../store/digest.ts';
import { unfinishedName } from '../../store/temporary.ts';
import type { Place, PlacedFile } from './place.ts';

const MODE = 0o644;
const CHUNK_BYTES = 1024 * 1024;

export class FolderPlace implements Place {
  constructor(
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {}

  get name(): string {
    return this.folder;
  }

  async digestOf(key: string): Promise<string | undefined> {
    const path = join(this.folder, key);
    const found = await stat(path).catch(() => undefined);
    return found?.isFile() ? digestFile(path, this.signal) : undefined;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return readFile(join(this.folder, key)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  async write({ key, source, sha256 }: PlacedFile): Promise<void> {
    const target = join(this.folder, key);
    await mkdir(dirname(target), { recursive: true });
    if (typeof source !== 'string') {
      if (digestBytes(source) !== sha256) throw changed(key);
      return writeDurably(target, source);
    }
    const temporary = await unfinishedName(target);
    try {
      await copyVerified(source, temporary, sha256, this.signal);
      await rename(temporary, target);
      const folder = await open(dirname(target), 'r');
      await folder.sync().finally(() => folder.close());
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  close(): void {}
}

async function copyVerified(
  source: string,
  target: string,
  sha256: string,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  const file = await open(target, 'wx', MODE);
  try {
    for await (const chunk of createReadStream(source, { highWaterMark: CHUNK_BYTES, signal })) {
      hash.update(chunk as Buffer);
      await file.writeFile(chunk as Buffer);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (hash.digest('hex') !== sha256) throw changed(source);
}

function changed(where: string): UserError {
  return new UserError('build-damaged', 'a file of the build is not what its manifest says', {
    where,
    next: ['build it again'],
  });
}
