/** SHA-256 of a large file in a thread of its own: it takes seconds, in which its caller's thread has other things to do. */
import { Worker } from 'node:worker_threads';
import { BugError, InterruptedError } from '../errors.ts';

/** As text: it is the same from the sources, in a bundle and in tests, where the program's files are not the same. */
const PROGRAM = `
const { createHash } = require('node:crypto');
const { readSync } = require('node:fs');
const { parentPort, workerData: descriptor } = require('node:worker_threads');
const hash = createHash('sha256');
const buffer = Buffer.allocUnsafe(4 * 1024 * 1024);
for (let at = 0, count; (count = readSync(descriptor, buffer, 0, buffer.length, at)) > 0; at += count) {
  hash.update(buffer.subarray(0, count));
}
parentPort.postMessage(hash.digest('hex'));
`;

/**
 * The digest of an open file, from its beginning.
 * @param descriptor Stays open until the promise is settled: the thread reads from it.
 * @throws {InterruptedError} when the signal was aborted.
 */
export async function digestInThread(descriptor: number, signal?: AbortSignal): Promise<string> {
  if (signal?.aborted) throw new InterruptedError();
  const worker = new Worker(PROGRAM, { eval: true, workerData: descriptor, execArgv: [], env: {} });
  const stop = () => void worker.terminate();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      let digest: string | undefined;
      let failure: unknown;
      worker.once('message', (text: string) => {
        digest = text;
      });
      worker.once('error', (error) => {
        failure = error;
      });
      // Last, whatever came before.
      worker.once('exit', () => {
        if (digest !== undefined) resolve(digest);
        else if (signal?.aborted) reject(new InterruptedError());
        else reject(failure ?? new BugError('a thread ended without the digest it was asked for'));
      });
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
