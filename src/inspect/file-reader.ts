/** Reading parts of a file without holding it in memory. */
import { type FileHandle, open } from 'node:fs/promises';
import type { ReadBytes } from '../disk/gpt-header.ts';

/** An open file. */
export interface FileReader {
  readonly sizeBytes: number;
  /** Fewer bytes than asked for where the file ends. */
  readonly read: ReadBytes;
}

/** Opens a file for the time of `work`. */
export async function withFile<T>(path: string, work: (file: FileReader) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    return await work({ sizeBytes: size, read: (offset, length) => readAt(handle, offset, length) });
  } finally {
    await handle.close();
  }
}

/** Fewer bytes than asked for where the file ends. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
