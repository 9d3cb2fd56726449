/**
 * Reads a tar into a {@link Tree}, without its content: files point into the archive. Understands what GNU tar
 * writes: ustar, GNU long names, and pax headers with SCHILY.xattr records (POSIX.1-2017 pax, tar(5)).
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { BugError } from '../errors.ts';
import { normalise, Tree, type TreeNode } from './tree.ts';

const BLOCK = 512;
const XATTR_PREFIX = 'SCHILY.xattr.';

/** Reads the headers of an uncompressed tar file. */
export function readTar(file: string): Tree {
  const descriptor = openSync(file, 'r');
  try {
    return readEntries(file, descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readEntries(file: string, descriptor: number): Tree {
  const tree = new Tree();
  const end = fstatSync(descriptor).size;
  const header = Buffer.alloc(BLOCK);
  let pax = new Map<string, Buffer>();
  let longName: string | undefined;
  let longLink: string | undefined;

  for (let position = 0; position + BLOCK <= end; ) {
    readExactly(descriptor, header, position);
    position += BLOCK;
    if (header.every((byte) => byte === 0)) break;
    checkChecksum(header, file, position - BLOCK);

    const sizeBytes = pax.has('size') ? Number(pax.get('size')) : readNumber(header, 124, 12);
    const type = String.fromCharCode(header[156] ?? 0);
    const next = position + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    const body = () => {
      const bytes = Buffer.alloc(sizeBytes);
      readExactly(descriptor, bytes, position);
      return bytes;
    };

    if (type === 'x') pax = parsePax(body());
    else if (type === 'L') longName = readText(body(), 0, sizeBytes);
    else if (type === 'K') longLink = readText(body(), 0, sizeBytes);
    else if (type !== 'g') {
      const path = normalise(`/${pax.get('path')?.toString() ?? longName ?? headerName(header)}`);
      const target = pax.get('linkpath')?.toString() ?? longLink ?? readText(header, 157, 100);
      addEntry(tree, path, type, target, header, pax, { file, offset: position, sizeBytes });
      pax = new Map();
      longName = undefined;
      longLink = undefined;
    }
    position = next;
  }
  return tree;
}

function addEntry(
  tree: Tree,
  path: string,
  type: string,
  target: string,
  header: Buffer,
  pax: ReadonlyMap<string, Buffer>,
  range: { file: string; offset: number; sizeBytes: number },
): void {
  const xattrs = new Map<string, Buffer>();
  for (const [key, value] of pax)
    if (key.startsWith(XATTR_PREFIX)) xattrs.set(key.slice(XATTR_PREFIX.length), value);
  const metadata = {
    mode: readNumber(header, 100, 8) & 0o7777,
    uid: Number(pax.get('uid') ?? readNumber(header, 108, 8)),
    gid: Number(pax.get('gid') ?? readNumber(header, 116, 8)),
    ...(xattrs.size > 0 ? { xattrs } : {}),
  };
  const device = { major: readNumber(header, 329, 8), minor: readNumber(header, 337, 8) };
  tree.set(path, nodeOf(tree, path, type, target, metadata, range, device));
}

function nodeOf(
  tree: Tree,
  path: string,
  type: string,
  target: string,
  metadata: { mode: number; uid: number; gid: number },
  range: { file: string; offset: number; sizeBytes: number },
  device: { major: number; minor: number },
): TreeNode {
  switch (type) {
    case '0':
    case '\0':
      return { kind: 'file', ...metadata, content: { kind: 'range', ...range } };
    case '1': {
      // A hard link becomes a file with the same content: image makers store equal content once.
      const original = tree.get(normalise(`/${target}`));
      if (original?.kind !== 'file') throw new BugError(`tar: hard link ${path} before its target ${target}`);
      return original;
    }
    case '2':
      return { kind: 'symlink', ...metadata, target };
    case '3':
      return { kind: 'device', device: 'char', ...metadata, ...device };
    case '4':
      return { kind: 'device', device: 'block', ...metadata, ...device };
    case '5':
      return { kind: 'directory', ...metadata };
    case '6':
      return { kind: 'device', device: 'fifo', ...metadata, major: 0, minor: 0 };
    default:
      throw new BugError(`tar: unknown entry type ${JSON.stringify(type)} for ${path}`);
  }
}

/** Splits the records of a pax header: `LENGTH KEY=VALUE\n`. Values may be binary. */
function parsePax(body: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let start = 0; start < body.length; ) {
    const space = body.indexOf(0x20, start);
    const length = Number(body.toString('latin1', start, space));
    if (space < 0 || !Number.isInteger(length) || length <= 0) break;
    const equals = body.indexOf(0x3d, space);
    records.set(body.toString('utf8', space + 1, equals), body.subarray(equals + 1, start + length - 1));
    start += length;
  }
  return records;
}

function headerName(header: Buffer): string {
  const prefix =
    header.toString('latin1', 257, 262) === 'ustar' && header[263] === 0x30 ? readText(header, 345, 155) : '';
  const name = readText(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function readText(buffer: Buffer, start: number, length: number): string {
  const end = buffer.indexOf(0, start);
  return buffer.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
}

/** Octal text, or GNU's base-256 form when the first byte's high bit is set. */
function readNumber(header: Buffer, start: number, length: number): number {
  if (((header[start] ?? 0) & 0x80) !== 0) {
    let value = (header[start] ?? 0) & 0x7f;
    for (let index = start + 1; index < start + length; index++) value = value * 256 + (header[index] ?? 0);
    return value;
  }
  return Number.parseInt(readText(header, start, length).trim() || '0', 8);
}

function checkChecksum(header: Buffer, file: string, position: number): void {
  let sum = 0;
  for (let index = 0; index < BLOCK; index++)
    sum += index >= 148 && index < 156 ? 0x20 : (header[index] ?? 0);
  if (sum !== readNumber(header, 148, 8))
    throw new BugError(`tar: bad header checksum in ${file} at byte ${position}`);
}

function readExactly(descriptor: number, buffer: Buffer, position: number): void {
  for (let done = 0; done < buffer.length; ) {
    const count = readSync(descriptor, buffer, done, buffer.length - done, position + done);
    if (count === 0) throw new BugError('tar: unexpected end of file');
    done += count;
  }
}
