/** A mirror on the loopback that serves a store's packages, and misbehaves as told. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lock, LockedPackage } from '../../src/packages/lock.ts';
import type { Store } from '../../src/store/store.ts';

/** A request as it came. */
export interface Seen {
  readonly path: string;
  readonly range: string | undefined;
}

/** How a request is answered; `undefined` is the right answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  /** One byte is wrong. */
  | { readonly kind: 'corrupt' }
  /** The connection ends after so many bytes of the answer. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The answer says that the file is so short, and is complete. */
  | { readonly kind: 'truncate'; readonly toBytes: number }
  /** The whole file, whatever part was asked for. */
  | { readonly kind: 'ignore-range' }
  /** So many bytes per second. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Some bytes, then silence with an open connection. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Some bytes, then one now and then. */
  | { readonly kind: 'trickle'; readonly afterBytes: number };

/** @param nth How many requests of this path came before: 0 for the first. */
export type Behaviour = (path: string, nth: number) => Fault | undefined;

export interface Mirror {
  readonly address: string;
  readonly requests: readonly Seen[];
  close(): Promise<void>;
}

/** Serves files by path: `fileOf` gives the path on disk. */
export function startMirror(
  fileOf: (path: string) => string | undefined,
  behaviour: Behaviour = () => undefined,
): Promise<Mirror> {
  return startServer(async (path) => {
    const file = fileOf(path);
    if (file === undefined) return undefined;
    const { size } = await stat(file);
    return { sizeBytes: size, read: (start) => createReadStream(file, { start, highWaterMark: CHUNK }) };
  }, behaviour);
}

/** Forwards to real mirrors: path prefix to address. */
export function startForwarder(
  addresses: Readonly<Record<string, string>>,
  behaviour: Behaviour = () => undefined,
): Promise<Mirror> {
  return startServer(async (path) => {
    const [prefix, address] = Object.entries(addresses).find(([name]) => path.startsWith(`${name}/`)) ?? [];
    if (prefix === undefined) return undefined;
    const answer = await fetch(`${address}${path.slice(prefix.length)}`);
    if (!answer.ok) return undefined;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    return { sizeBytes: bytes.length, read: (start) => chunksOf(bytes.subarray(start)) };
  }, behaviour);
}

interface Content {
  readonly sizeBytes: number;
  read(start: number): AsyncIterable<Uint8Array>;
}

const CHUNK = 16 * 1024;

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}

async function startServer(
  contentOf: (path: string) => Promise<Content | undefined>,
  behaviour: Behaviour,
): Promise<Mirror> {
  const requests: Seen[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://mirror').pathname);
    const nth = counts.get(path) ?? 0;
    counts.set(path, nth + 1);
    requests.push({ path, range: request.headers.range });
    contentOf(path)
      .then((content) =>
        content === undefined
          ? void response.writeHead(404).end()
          : answer(content, behaviour(path, nth), request, response),
      )
      .catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  content: Content,
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (fault?.kind === 'status') return void response.writeHead(fault.status).end('no');
  const sizeBytes = fault?.kind === 'truncate' ? fault.toBytes : content.sizeBytes;
  const from = fault?.kind === 'ignore-range' ? 0 : startOf(request.headers.range);
  if (from >= sizeBytes && sizeBytes > 0) return void response.writeHead(416).end();
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': sizeBytes - from,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${sizeBytes - 1}/${sizeBytes}` } : {}),
  });
  const end =
    fault?.kind === 'truncate'
      ? sizeBytes - from
      : fault !== undefined && 'afterBytes' in fault
        ? fault.afterBytes
        : Number.POSITIVE_INFINITY;
  let sent = 0;
  for await (const chunk of content.read(from)) {
    let bytes = chunk;
    if (fault?.kind === 'corrupt' && sent === 0) {
      bytes = Uint8Array.from(bytes);
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
    }
    if (sent + bytes.length >= end) {
      await write(response, bytes.subarray(0, end - sent));
      return await endWith(fault, response, bytes.subarray(end - sent));
    }
    await write(response, bytes);
    sent += bytes.length;
    if (fault?.kind === 'slow') await pause((bytes.length / fault.bytesPerSecond) * 1000);
  }
  response.end();
}

/** Ends an answer before its time, or does not. */
async function endWith(fault: Fault | undefined, response: ServerResponse, rest: Uint8Array): Promise<void> {
  if (fault?.kind === 'truncate') response.end();
  if (fault?.kind === 'trickle') await trickle(response, rest);
  if (fault?.kind !== 'cut') return;
  // A client that hears of the end before it has read what came throws that away.
  await pause(200);
  response.destroy();
}

async function trickle(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length && !response.destroyed; at++) {
    await write(response, bytes.subarray(at, at + 1));
    await pause(50);
  }
}

function startOf(range: string | undefined): number {
  return Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
}

/** Writes and waits until it left the process, so that a cut comes after what was promised. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((done, fail) => {
    if (response.destroyed) return done();
    response.once('close', done);
    response.write(bytes, (error) => {
      response.off('close', done);
      if (error) fail(error);
      else done();
    });
  });
}

/** Serves a lock's packages out of a store. */
export function packagesOf(lock: Lock, store: Store): (path: string) => string | undefined {
  const files = new Map(allPackages(lock).map((entry) => [pathOf(entry), store.objectPath(entry.sha256)]));
  return (path) => files.get(path);
}

/** The lock with every package's address on the mirror. */
export function lockOn(lock: Lock, address: string): Lock {
  const moved = (packages: readonly LockedPackage[]) =>
    packages.map((entry) => ({ ...entry, uri: `${address}${new URL(entry.uri).pathname}` }));
  return { ...lock, root: moved(lock.root), initrd: moved(lock.initrd), kernel: moved(lock.kernel) };
}

/** The path that a package has on the mirror, as {@link Seen} has it. */
export function pathOf(entry: LockedPackage): string {
  return decodeURIComponent(new URL(entry.uri).pathname);
}

function allPackages(lock: Lock): LockedPackage[] {
  return [...lock.root, ...lock.initrd, ...lock.kernel];
}
