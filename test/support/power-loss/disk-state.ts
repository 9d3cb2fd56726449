/** A disk whose state moves through a log. Partitions that tools want alone are kept in files of their own beside it. */
import { type FileHandle, open } from 'node:fs/promises';
import { MIB } from '../../../src/units.ts';
import type { Piece } from './windows.ts';
import type { LogEntry, WriteLog } from './write-log.ts';

/** A file with the same bytes as a part of the disk. */
export interface Mirror {
  readonly path: string;
  readonly firstByte: number;
  readonly sizeBytes: number;
}

const CHUNK_BYTES = 4 * MIB;

interface OpenMirror extends Mirror {
  readonly handle: FileHandle;
}

export class DiskState {
  private constructor(
    private readonly log: WriteLog,
    private readonly targets: readonly OpenMirror[],
  ) {}

  /** @param path A copy of the disk as it was before the log. @param mirrors Files that agree with it already. */
  static async open(log: WriteLog, path: string, mirrors: readonly Mirror[]): Promise<DiskState> {
    const handle = await open(path, 'r+');
    const { size } = await handle.stat();
    const targets: OpenMirror[] = [{ path, firstByte: 0, sizeBytes: size, handle }];
    for (const mirror of mirrors) targets.push({ ...mirror, handle: await open(mirror.path, 'r+') });
    return new DiskState(log, targets);
  }

  /** Writes reach the disk. */
  async apply(entries: readonly LogEntry[]): Promise<void> {
    for (const entry of entries) {
      for (let from = 0; from < entry.length; from += CHUNK_BYTES) {
        const to = Math.min(entry.length, from + CHUNK_BYTES);
        await this.put(entry.offset + from, await this.log.data(entry, from, to));
      }
    }
  }

  /** Some of the writes reach the disk, for as long as `work` takes. */
  async with<T>(pieces: readonly Piece[], work: () => Promise<T>): Promise<T> {
    const before: { readonly offset: number; readonly bytes: Buffer }[] = [];
    try {
      for (const { entry, from, to } of pieces) {
        const offset = entry.offset + from;
        before.push({ offset, bytes: await this.read(offset, to - from) });
        await this.put(offset, await this.log.data(entry, from, to));
      }
      return await work();
    } finally {
      for (const { offset, bytes } of before.reverse()) await this.put(offset, bytes);
    }
  }

  async close(): Promise<void> {
    for (const { handle } of this.targets) await handle.close();
  }

  private async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    await this.targets[0]?.handle.read(buffer, 0, length, offset);
    return buffer;
  }

  private async put(offset: number, bytes: Buffer): Promise<void> {
    for (const { handle, firstByte, sizeBytes } of this.targets) {
      const from = Math.max(offset, firstByte);
      const to = Math.min(offset + bytes.length, firstByte + sizeBytes);
      if (from >= to) continue;
      await handle.write(bytes, from - offset, to - from, from - firstByte);
    }
  }
}
