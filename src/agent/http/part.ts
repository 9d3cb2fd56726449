/** A part of a large file, appended to what is there of it, with curl(1). */
import type { Host } from '../host.ts';
import { onMachine } from '../machine/scratch.ts';
import type { HttpAddress } from './address.ts';
import { curlReason, isPassing } from './curl-exit.ts';
import type { HttpRequest } from './http-request.ts';
import { curlCommand, curlConfiguration } from './request.ts';
import type { Attempt } from './retry.ts';

export interface Part {
  readonly address: HttpAddress;
  /** The file to append to; what is there of it are the first `from` bytes. */
  readonly path: string;
  readonly from: number;
  /** Up to here, and not this byte. */
  readonly until: number;
  /** Of the whole file. A server that does not do parts sends all of it. */
  readonly totalBytes: number;
  /** Given up when less comes for so long. */
  readonly slowest: { readonly bytesPerSecond: number; readonly seconds: number };
}

/** Beyond curl's own limit, for a curl that hangs. */
const GRACE_MS = 5000;
/** curl: the server does not do parts, or gives another one than was asked for. */
const RANGE_ERROR = 33;
/** "Range Not Satisfiable": RFC 9110, section 15.5.17. */
const NOT_SATISFIABLE = 416;

/**
 * However it ends, the file may have grown: never beyond `totalBytes`, whatever the server sends.
 * @returns `appended`; `from-the-start` when the server cannot go on at that byte.
 */
export function fetchPart(host: Host, part: Part): Attempt<'appended' | 'from-the-start'> {
  const what: HttpRequest = {
    address: part.address,
    // RFC 9110, section 14.2; the last byte is included.
    headers: { Range: `bytes=${part.from}-${part.until - 1}` },
    maximumBytes: part.totalBytes - part.from,
    timeoutMs: 1000 * (part.slowest.seconds + (part.totalBytes - part.from) / part.slowest.bytesPerSecond),
    slowest: part.slowest,
    redirects: 0,
  };
  // curl checks that the answer begins at this byte, and appends.
  const resume = part.from > 0 ? ['--continue-at', String(part.from)] : [];
  const { exitCode, stdout, stderr } = host.run(curlCommand(what, resume), {
    input: curlConfiguration(what, onMachine(host, part.path)),
    timeoutMs: what.timeoutMs + GRACE_MS,
  });
  const status = Number(/^[0-9]{3}/.exec(stdout)?.[0] ?? 0);
  if (exitCode === 0 && (status === 206 || status === 200)) return { value: 'appended' };
  if (part.from > 0 && (exitCode === RANGE_ERROR || status === NOT_SATISFIABLE)) {
    return { value: 'from-the-start' };
  }
  const reason = curlReason(exitCode, status, stderr, what, stdout.slice(4));
  return { reason, passing: isPassing(exitCode, status) };
}
