/** A large file on a server that does parts (RFC 9110, section 14), and on some that do them badly. */
import type { RudeAnswer } from './rude-server.ts';

export interface RangeFaults {
  /** Of these requests, counted from 0, only so many bytes come before the connection breaks. */
  readonly cut?: Readonly<Record<number, number>>;
  /** Whole files only. */
  readonly noRanges?: boolean;
  /** Says 206, and gives the part that begins so many bytes later. */
  readonly shiftBytes?: number;
  /** Of so many bytes, then so many milliseconds nothing. */
  readonly slow?: { readonly bytes: number; readonly pauseMs: number };
}

/** @param seen Gets the first byte that each request asked for. */
export function ranged(body: Buffer, faults: RangeFaults = {}, seen: number[] = []): RudeAnswer {
  return (response, nth, request) => {
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const [from, until] = match === null ? [0, body.length] : [Number(match[1]), Number(match[2]) + 1];
    seen.push(from);
    const whole = faults.noRanges || match === null;
    if (!whole && from >= body.length) return void response.writeHead(416).end();
    const shift = faults.shiftBytes ?? 0;
    const part = whole ? body : body.subarray(from + shift, Math.min(until + shift, body.length));
    response.writeHead(whole ? 200 : 206, {
      'content-length': part.length,
      ...(whole
        ? {}
        : { 'content-range': `bytes ${from + shift}-${from + shift + part.length - 1}/${body.length}` }),
    });
    const cut = faults.cut?.[nth];
    if (cut !== undefined) return void response.write(part.subarray(0, cut), () => response.destroy());
    if (faults.slow === undefined) return void response.end(part);
    const { bytes, pauseMs } = faults.slow;
    let at = 0;
    const more = () => {
      response.write(part.subarray(at, at + bytes));
      at += bytes;
      if (at >= part.length) response.end();
    };
    const timer = setInterval(more, pauseMs);
    response.on('close', () => clearInterval(timer));
    more();
  };
}
