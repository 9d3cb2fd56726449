/** Writes a {@link Tree} as a tar stream: entries in byte order, one date for all, owners by number. */

import { closeSync, openSync, readSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { BugError } from '../errors.ts';
import { type Content, contentSize, type Tree, type TreeNode } from './tree.ts';

const BLOCK = 512;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Streams the tree and ends the sink.
 * @param epoch Modification time of every entry, in seconds since 1970.
 */
export async function writeTar(tree: Tree, epoch: number, sink: Writable): Promise<void> {
  const output = new ChunkedOutput(sink);
  const sources = new Map<string, number>();
  try {
    for (const [path, node] of tree.sorted()) {
      await output.write(encodeHeader(path, node, epoch));
      if (node.kind !== 'file') continue;
      const sizeBytes = contentSize(node.content);
      await writeContent(output, node.content, sources);
      if (sizeBytes % BLOCK > 0) await output.write(Buffer.alloc(BLOCK - (sizeBytes % BLOCK)));
    }
    await output.write(Buffer.alloc(2 * BLOCK));
    await output.end();
  } finally {
    for (const descriptor of sources.values()) closeSync(descriptor);
  }
}

/**
 * Gathers small writes: a tree has tens of thousands of headers. Two chunks take turns: one is filled while the other is
 * written, which the sink must have done when it calls back, as a pipe has.
 */
class ChunkedOutput {
  private chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  private other = Buffer.allocUnsafe(CHUNK_BYTES);
  private filled = 0;
  /** Until the other chunk is written. */
  private written: Promise<void> = Promise.resolve();

  constructor(private readonly sink: Writable) {}

  async write(data: Buffer): Promise<void> {
    for (let start = 0; start < data.length; ) {
      const count = data.copy(this.chunk, this.filled, start);
      start += count;
      this.filled += count;
      if (this.filled === CHUNK_BYTES) await this.flush();
    }
  }

  /** Lets `fill` put bytes right into the chunk. */
  async fill(sizeBytes: number, fill: (target: Buffer, done: number) => number): Promise<void> {
    for (let done = 0; done < sizeBytes; ) {
      const room = Math.min(CHUNK_BYTES - this.filled, sizeBytes - done);
      const count = fill(this.chunk.subarray(this.filled, this.filled + room), done);
      if (count === 0) throw new BugError('tree: a file is shorter than it was');
      done += count;
      this.filled += count;
      if (this.filled === CHUNK_BYTES) await this.flush();
    }
  }

  async end(): Promise<void> {
    await this.flush();
    await this.written;
    this.sink.end();
    await finished(this.sink);
  }

  private async flush(): Promise<void> {
    await this.written;
    if (this.sink.destroyed) throw new Error('the reader of the tree ended early');
    this.written = written(this.sink, this.chunk.subarray(0, this.filled));
    [this.chunk, this.other] = [this.other, this.chunk];
    this.filled = 0;
  }
}

/** Waits until a stream has written the data, or never will: one whose reader ended says so by `close` alone. */
function written(sink: Writable, data: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['close', 'error']) sink.off(event, done);
      resolve();
    };
    for (const event of ['close', 'error']) sink.once(event, done);
    sink.write(data, done);
  });
}

async function writeContent(
  output: ChunkedOutput,
  content: Content,
  sources: Map<string, number>,
): Promise<void> {
  if (content.kind === 'bytes') return output.write(content.bytes);
  let descriptor = sources.get(content.file);
  if (descriptor === undefined) {
    descriptor = openSync(content.file, 'r');
    sources.set(content.file, descriptor);
  }
  const source = descriptor;
  await output.fill(content.sizeBytes, (target, done) =>
    readSync(source, target, 0, target.length, content.offset + done),
  );
}

function encodeHeader(path: string, node: TreeNode, epoch: number): Buffer {
  const name = path === '/' ? './' : `.${path}${node.kind === 'directory' ? '/' : ''}`;
  const target = node.kind === 'symlink' ? node.target : '';
  const records: [string, Buffer][] = [];
  if (Buffer.byteLength(name) > 100) records.push(['path', Buffer.from(name)]);
  if (Buffer.byteLength(target) > 100) records.push(['linkpath', Buffer.from(target)]);
  for (const [key, value] of node.xattrs ?? []) records.push([`SCHILY.xattr.${key}`, value]);

  const header = encodeBlock(
    name,
    typeOf(node),
    node.kind === 'file' ? contentSize(node.content) : 0,
    node,
    target,
    epoch,
  );
  if (records.length === 0) return header;
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const padding = Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK);
  const paxNode = { mode: 0o644, uid: 0, gid: 0 };
  return Buffer.concat([
    encodeBlock('././@PaxHeader', 'x', body.length, paxNode, '', epoch),
    body,
    padding,
    header,
  ]);
}

function typeOf(node: TreeNode): string {
  switch (node.kind) {
    case 'file':
      return '0';
    case 'symlink':
      return '2';
    case 'directory':
      return '5';
    case 'device':
      return { char: '3', block: '4', fifo: '6' }[node.device];
  }
}

function encodeBlock(
  name: string,
  type: string,
  sizeBytes: number,
  node: { mode: number; uid: number; gid: number; major?: number; minor?: number },
  target: string,
  epoch: number,
): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(truncate(name, 100), 0, 'utf8');
  writeOctal(block, node.mode, 100, 8);
  writeOctal(block, node.uid, 108, 8);
  writeOctal(block, node.gid, 116, 8);
  writeOctal(block, sizeBytes, 124, 12);
  writeOctal(block, epoch, 136, 12);
  block.write(type, 156);
  block.write(truncate(target, 100), 157, 'utf8');
  block.write('ustar\0' + '00', 257, 'latin1');
  writeOctal(block, node.major ?? 0, 329, 8);
  writeOctal(block, node.minor ?? 0, 337, 8);
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function truncate(text: string, bytes: number): string {
  return Buffer.byteLength(text) <= bytes ? text : Buffer.from(text).subarray(0, bytes).toString('latin1');
}

function writeOctal(block: Buffer, value: number, start: number, length: number): void {
  const text = value.toString(8);
  if (text.length > length - 1) throw new BugError(`tar: ${value} does not fit a header field`);
  block.write(`${text.padStart(length - 1, '0')}\0`, start, 'latin1');
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}
