/** Downloads one file by HTTP: verified while it comes, resumed after a cut, retried with growing pauses. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, open, rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { InterruptedError, messageOf, UserError } from '../errors.ts';
import { formatSize, KIB } from '../units.ts';

export interface DownloadRequest {
  readonly uri: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Where the bytes go; what an earlier try left there is continued. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
  readonly limits?: Partial<DownloadLimits>;
}

export interface DownloadLimits {
  readonly attempts: number;
  /** A connection that brings less than `stallBytes` in this time is cut. */
  readonly stallMs: number;
  readonly stallBytes: number;
  /** The pause before the second attempt; it doubles each time. */
  readonly firstPauseMs: number;
}

const defaultLimits: DownloadLimits = {
  attempts: 5,
  stallMs: 20_000,
  stallBytes: 4 * KIB,
  firstPauseMs: 500,
};

/** A fault that another attempt may mend; `damaged` content must be fetched from the start. */
class AttemptError extends Error {
  constructor(
    message: string,
    readonly damaged: boolean,
    readonly final = false,
  ) {
    super(message);
  }
}

/**
 * Downloads and verifies a file.
 * @throws {UserError} naming the address and every attempt's fault, when none succeeds. Nothing unverified is left.
 * @throws {InterruptedError} when aborted; the part that came is kept for the next run.
 */
export async function download(request: DownloadRequest): Promise<void> {
  const limits = { ...defaultLimits, ...request.limits };
  const faults: string[] = [];
  for (let attempt = 1; attempt <= limits.attempts; attempt++) {
    if (attempt > 1) {
      const pauseMs = limits.firstPauseMs * 2 ** (attempt - 2);
      await pause(pauseMs, undefined, { signal: request.signal }).catch(() => {
        throw new InterruptedError();
      });
    }
    try {
      await attemptDownload(request, limits);
      return;
    } catch (error) {
      if (request.signal.aborted) throw new InterruptedError();
      if (isDiskFull(error)) throw error;
      faults.push(messageOf(error));
      if (!(error instanceof AttemptError)) continue;
      if (error.damaged) await rm(request.path, { force: true });
      if (error.final) break;
    }
  }
  throw new UserError('download-failed', 'cannot download a package', {
    where: request.uri,
    seen: faults.map((fault, index) => `attempt ${index + 1}: ${fault}`).join('\n'),
    needed: `${formatSize(request.sizeBytes)} with SHA-256 ${request.sha256}`,
    next: [
      'try again: what came so far is kept',
      'refresh the package lists with --refresh: a mirror drops old versions',
      'name another mirror with --mirror URI',
    ],
  });
}

async function attemptDownload(request: DownloadRequest, limits: DownloadLimits): Promise<void> {
  if (request.uri.startsWith('file:')) {
    await copyFile(new URL(request.uri).pathname, request.path);
    const hash = await hashExisting(request.path);
    return checkDigest(request, hash, (await stat(request.path)).size);
  }
  let present = (await stat(request.path).catch(() => undefined))?.size ?? 0;
  if (present > request.sizeBytes) {
    await rm(request.path, { force: true });
    present = 0;
  }
  let hash = present > 0 ? await hashExisting(request.path) : createHash('sha256');
  if (present === request.sizeBytes) return checkDigest(request, hash, present);

  const stall = new AbortController();
  const cut = AbortSignal.any([request.signal, stall.signal]);
  let inWindow = 0;
  // Looked at in fixed windows: a mirror that trickles keeps a connection open as long as one that is silent.
  const timer = setInterval(() => {
    if (inWindow < limits.stallBytes) stall.abort();
    inWindow = 0;
  }, limits.stallMs);
  try {
    const response = await fetch(request.uri, {
      signal: cut,
      redirect: 'follow',
      headers: present > 0 ? { range: `bytes=${present}-` } : {},
    });
    if (response.status !== 200 && response.status !== 206) {
      await response.body?.cancel();
      const gone = response.status === 404 || response.status === 410 || response.status === 403;
      throw new AttemptError(
        `HTTP status ${response.status} ${response.statusText}`,
        response.status === 416,
        gone,
      );
    }
    if (response.body === null) throw new AttemptError('empty answer', false);
    if (response.status === 200 && present > 0) {
      // The mirror ignored the request to continue, and sends the file from its start.
      present = 0;
      hash = createHash('sha256');
    }
    const handle = await open(request.path, present > 0 ? 'a' : 'w');
    let received = present;
    try {
      for await (const chunk of chunksUntil(response.body, cut)) {
        inWindow += chunk.length;
        received += chunk.length;
        if (received > request.sizeBytes)
          throw new AttemptError(`more than the expected ${request.sizeBytes} bytes came`, true);
        hash.update(chunk);
        await handle.write(chunk);
        request.onBytes(chunk.length);
      }
    } finally {
      await handle.close();
    }
    checkDigest(request, hash, received);
  } catch (error) {
    if (stall.signal.aborted && !request.signal.aborted) {
      throw new AttemptError(
        `less than ${formatSize(limits.stallBytes)} came in ${limits.stallMs / 1000} s: the connection was cut`,
        false,
      );
    }
    if (error instanceof AttemptError || isDiskFull(error)) throw error;
    const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
    throw new AttemptError(`${messageOf(error)}${cause}`, false);
  } finally {
    clearInterval(timer);
  }
}

/**
 * The chunks of a body, until a signal is aborted. The signal is given to fetch as well, but a body that is aborted
 * just as its last chunk came may never end (seen with Node.js 20.20).
 */
async function* chunksUntil(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const aborted = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), aborted]);
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function checkDigest(request: DownloadRequest, hash: Hash, receivedBytes: number): void {
  if (receivedBytes < request.sizeBytes) {
    throw new AttemptError(
      `the connection ended after ${receivedBytes} of ${request.sizeBytes} bytes`,
      false,
    );
  }
  const digest = hash.digest('hex');
  if (digest !== request.sha256)
    throw new AttemptError(`the content is corrupted: its SHA-256 is ${digest}`, true);
}

async function hashExisting(path: string): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash;
}

function isDiskFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC';
}
