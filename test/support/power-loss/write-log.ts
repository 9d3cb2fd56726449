/**
 * The log of a disk's writes that QEMU's `blklogwrites` makes, in the format of Linux' dm-log-writes: a superblock, then
 * an entry with its data behind it, each padded to the log's sectors. Entries come in the order in which the writes were
 * completed.
 * @see https://docs.kernel.org/admin-guide/device-mapper/log-writes.html
 */
import { type FileHandle, open } from 'node:fs/promises';
import { readAt } from '../../../src/inspect/file-reader.ts';

const MAGIC = 0x6a736677736872n;
const VERSION = 1n;
const FLAG_FLUSH = 1n;
const FLAG_FUA = 2n;
const FLAG_DISCARD = 4n;
const FLAG_MARK = 8n;

/** Something the guest did to its disk. Offsets and lengths in bytes. */
export interface LogEntry {
  readonly kind: 'write' | 'discard' | 'flush';
  readonly offset: number;
  readonly length: number;
  /** Where its data is in the log. */
  readonly dataAt: number;
  /** Where the next entry begins in the log. */
  readonly endsAt: number;
}

export interface WriteLog {
  readonly entries: readonly LogEntry[];
  readonly sizeBytes: number;
  /** The bytes that a write brought. */
  data(entry: LogEntry, from: number, to: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Reads all entries, and leaves their data where it is. @throws {Error} when this is no such log, or a cut one. */
export async function openWriteLog(path: string): Promise<WriteLog> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const superblock = await readWhole(handle, 0, 32);
    if (superblock.readBigUInt64LE(0) !== MAGIC || superblock.readBigUInt64LE(8) !== VERSION)
      throw new Error(`${path} is not a log of dm-log-writes, version 1`);
    const count = Number(superblock.readBigUInt64LE(16));
    const sectorBytes = superblock.readUInt32LE(24);
    const entries: LogEntry[] = [];
    let at = sectorBytes;
    for (let index = 0; index < count; index++) {
      const header = await readWhole(handle, at, 32);
      const entry = readEntry(header, at, sectorBytes);
      if (entry.endsAt > size && entry.kind === 'write')
        throw new Error(`${path}: entry ${index} ends at byte ${entry.endsAt}, the file at ${size}`);
      at = entry.endsAt;
      entries.push(entry);
    }
    return {
      entries,
      sizeBytes: at,
      data: (entry, from, to) => readWhole(handle, entry.dataAt + from, to - from),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function readEntry(header: Buffer, at: number, sectorBytes: number): LogEntry {
  const field = (index: number) => header.readBigUInt64LE(index * 8);
  const flags = field(2);
  if ((flags & FLAG_MARK) !== 0n) throw new Error(`the entry at byte ${at} is a mark: QEMU makes none`);
  // QEMU's devices ask for a flush after a write instead.
  if ((flags & FLAG_FUA) !== 0n) throw new Error(`the entry at byte ${at} is a write that passes the cache`);
  const kind = (flags & FLAG_FLUSH) !== 0n ? 'flush' : (flags & FLAG_DISCARD) !== 0n ? 'discard' : 'write';
  const length = Number(field(1)) * sectorBytes;
  const dataAt = at + sectorBytes;
  return {
    kind,
    offset: Number(field(0)) * sectorBytes,
    length,
    dataAt,
    endsAt: dataAt + (kind === 'write' ? length : 0),
  };
}

/** All of them: a log that ends with zeros may end before them. */
async function readWhole(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = await readAt(handle, offset, length);
  return bytes.length === length ? bytes : Buffer.concat([bytes], length);
}
