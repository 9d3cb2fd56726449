/** SHA-256 of files and of plain data. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { InterruptedError } from '../errors.ts';
import { MIB } from '../units.ts';
import { digestInThread } from './digest-thread.ts';

const CHUNK_BYTES = 4 * MIB;
/** A smaller file is read before a thread has started. */
const LEAST_FOR_THREAD_BYTES = 8 * MIB;

/**
 * SHA-256 of a file's content, as lower-case hex.
 * @throws {InterruptedError} when the signal was aborted.
 */
export async function digestFile(path: string, signal?: AbortSignal): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size >= LEAST_FOR_THREAD_BYTES) return await digestInThread(handle.fd, signal);
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size + 1));
    for (;;) {
      if (signal?.aborted) throw new InterruptedError();
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** SHA-256 of a text or bytes, as lower-case hex. */
export function digestBytes(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** JSON with sorted keys and no undefined values, so that equal data has equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
