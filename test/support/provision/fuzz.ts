/** Odd requests to the server, made from a seed: the same seed makes the same requests. */
import { connect } from 'node:net';
import { type HttpPlace, pathOf } from './http-place.ts';

/** What an answer of this server may be. 500 is a defect; 200 to what is odd is looked at by the caller. */
const STATUS = [
  200, 204, 206, 400, 403, 404, 405, 408, 409, 410, 411, 413, 414, 415, 416, 417, 422, 431, 501, 505,
];
const TIMEOUT_MS = 30_000;

/** What a run found: every problem is a request that the server did not refuse as it must. */
export interface FuzzResult {
  readonly requests: number;
  readonly statuses: ReadonlyMap<number, number>;
  readonly problems: readonly string[];
}

/** mulberry32: a small generator whose numbers are the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PATHS = [
  '/boot.ipxe',
  '/boot/snponly.efi',
  '/v1/ask.ipxe?mac=52-54-00-00-00-07&serial=7XK2QN3',
  '/v1/ask?mac=b4-45-06-00-00-08&uuid=4c4c4544-0058-4b10-8032-b7c04f514e33',
  '/images/live/1.0.0/live_1.0.0.vmlinuz',
  '/images/live/1.0.0/manifest.json',
  '/v1/machines/525400000007/config?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '/v1/machines/525400000007/progress',
  '/status.json',
  '/events',
] as const;
const SPICE = [
  '../',
  '..%2f',
  '%2e%2e/',
  '%00',
  '\\',
  '//',
  '%',
  '%zz',
  '%ff',
  '?',
  '#',
  ';',
  '&',
  '=',
  '\r\n',
  '\n',
  '\t',
  ' ',
  "'",
  '"',
  '<script>',
  '${',
  '{{',
  'A'.repeat(300),
  'A'.repeat(3000),
  '\u00e9',
  '\0',
  '/etc/passwd',
  '/secret',
  'mac=',
  '&mac=52-54-00-00-00-07',
  '-1',
  '0',
  '1e309',
  'undefined',
  '__proto__',
  'constructor',
  "' OR 1=1 --",
  ':',
  '@',
  '[',
  '%F0%9F%92%A9',
] as const;
const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'get',
  'G ET',
  '',
] as const;
const HEADERS = [
  'host: 127.0.0.1',
  'host: evil',
  'range: bytes=0-',
  'range: bytes=5-1',
  'range: bytes=-99999999999999999999',
  'range: bytes=0-1,2-3',
  'content-type: application/json',
  'content-type: text/plain',
  'authorization: Bearer AAAA',
  'authorization: Basic AAAA',
  'content-length: 5',
  'content-length: -1',
  'content-length: 99999999',
  'transfer-encoding: chunked',
  'transfer-encoding: gzip',
  'expect: 100-continue',
  'connection: close',
  'connection: upgrade',
  'upgrade: websocket',
  `x: ${'y'.repeat(9000)}`,
  'if-range: "x"',
  ': none',
  'no colon',
] as const;
const BODIES = [
  '',
  '{}',
  '[]',
  'null',
  '{"stage":"installed"}',
  '{"stage":"installing","percent":1e400}',
  `{"stage":"failed","message":"${'m'.repeat(5000)}"}`,
  '{'.repeat(2000),
  `[${'['.repeat(5000)}`,
  '5\r\n{"a":\r\n0\r\n\r\n',
  '\xff\xfe',
  'x'.repeat(20_000),
] as const;

/** One request as bytes. Pure. */
function oddRequest(random: () => number, paths: readonly string[]): Buffer {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  let path = pick(paths);
  for (let times = Math.floor(random() * 4); times > 0; times--) {
    const at = Math.floor(random() * (path.length + 1));
    path = path.slice(0, at) + pick(SPICE) + path.slice(at + (random() < 0.3 ? Math.floor(random() * 8) : 0));
  }
  const headers = new Set(['host: 127.0.0.1']);
  for (let times = Math.floor(random() * 4); times > 0; times--) headers.add(pick(HEADERS));
  const body = random() < 0.4 ? pick(BODIES) : '';
  if (body !== '' && random() < 0.7) headers.add(`content-length: ${Buffer.byteLength(body, 'latin1')}`);
  const text = `${pick(METHODS)} ${path} HTTP/1.${random() < 0.9 ? 1 : pick(['0', '2', 'x'])}\r\n${[...headers].join('\r\n')}\r\nconnection: close\r\n\r\n${body}`;
  const bytes = Buffer.from(text, 'latin1');
  // Now and then a byte that was never meant, or an end too soon.
  if (random() < 0.1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return random() < 0.05 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
}

/**
 * Sends odd requests, some at a time, and looks at every answer and at what is left of the server.
 * @param secrets Texts that no answer may hold.
 */
export async function fuzz(
  place: HttpPlace,
  options: { readonly seed: number; readonly count: number; readonly secrets: readonly string[] },
): Promise<FuzzResult> {
  const statuses = new Map<number, number>();
  const problems: string[] = [];
  const given = place.registry.all().map(({ id }) => `/v1/machines/${id}/config`);
  const paths = [...PATHS, ...given];
  const AT_ONCE = 16;
  for (let first = 0; first < options.count; first += AT_ONCE) {
    const batch = Array.from(
      { length: Math.min(AT_ONCE, options.count - first) },
      (_, index) => first + index,
    );
    await Promise.all(
      batch.map(async (index) => {
        const bytes = oddRequest(randomOf(options.seed * 1_000_003 + index), paths);
        const port = index % 5 === 0 ? place.statusPort : place.port;
        const answer = await exchange(port, bytes);
        const problem = (what: string) =>
          void problems.push(
            `seed ${options.seed} request ${index}: ${what}\n${JSON.stringify(bytes.toString('latin1').slice(0, 400))}`,
          );
        if (answer === undefined) return problem('no end of the answer');
        // Before the answer there may be leave to go on (RFC 9110, 15.2.1).
        const last = answer.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
        const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(last)?.[1] ?? 0);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status !== 0 && !STATUS.includes(status)) problem(`status ${status}`);
        for (const secret of options.secrets)
          if (answer.includes(secret)) problem(`the answer holds ${secret}`);
      }),
    );
  }
  const alive = await place.get('/boot.ipxe').catch(() => undefined);
  if (alive?.status !== 200) problems.push('the server does not answer any more');
  problems.push(...place.errors.map((text) => `the server failed: ${text}`));
  return { requests: options.count, statuses, problems };
}

/** @returns All that came; undefined when it did not end in time. What streams for ever is cut after its first bytes. */
function exchange(port: number, bytes: Buffer): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const timer = setTimeout(() => {
      socket.destroy();
      done(undefined);
    }, TIMEOUT_MS);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (text.includes('text/event-stream')) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      done(text);
    });
    // An end from our side: a request that is not whole is not waited for.
    socket.end(bytes);
  });
}

/** The token of a configuration that a machine was given, for which the fuzzer must not find the answer. */
export function tokenOf(address: string | undefined): string {
  return new URLSearchParams(pathOf(address).split('?')[1]).get('token') ?? '';
}
