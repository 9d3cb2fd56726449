/** What a route gives back. */
import type { Readable } from 'node:stream';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing when absent; a stream is read to its end, or destroyed. */
  readonly body?: string | Buffer | FileBody | ((signal: AbortSignal) => Readable);
}

/** A file, or a part of it. */
export interface FileBody {
  readonly path: string;
  /** The first byte. */
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/** A request that is not answered: what was seen, and what is needed. The text never holds what the client sent. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    /** Stable identifier for programs, such as `token-used`. */
    readonly code: string,
    message: string,
    readonly needed?: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The JSON of a refusal. */
export function refused({ status, code, message, needed, headers }: Refusal): Answer {
  return {
    ...json(status, { error: { code, message, ...(needed === undefined ? {} : { needed }) } }, headers),
  };
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

/** Text that is different each time it is asked for. */
export function text(body: string, type = 'text/plain; charset=utf-8'): Answer {
  return { status: 200, headers: { 'content-type': type, 'cache-control': 'no-store' }, body };
}
