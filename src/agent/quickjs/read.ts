/** Reading files of any kind, whose size is not known before: those of /proc and /sys say 0. */
import * as os from 'os';
import * as std from 'std';
import { HostError } from '../host.ts';
import { failure, isMissing, succeeded } from './system-call.ts';

const CHUNK_BYTES = 64 * 1024;

/** @returns Undefined when there is no file. @throws {HostError} */
export function readText(path: string): string | undefined {
  const failed: { errno?: number } = {};
  const file = std.open(path, 'r', failed);
  if (file === null) return missing(`read ${path}`, failed.errno ?? 0);
  const text = file.readAsString();
  const broken = file.error();
  file.close();
  // The C library does not keep the reason: reading bytes says it.
  if (broken && readBytes(path) !== undefined) throw new HostError(`read ${path}`, 'Input/output error');
  return text;
}

/** @returns Undefined when there is no file. @throws {HostError} */
export function readBytes(path: string): Uint8Array | undefined {
  const descriptor = os.open(path, os.O_RDONLY);
  if (descriptor < 0) return missing(`read ${path}`, -descriptor);
  try {
    return readDescriptor(descriptor, path);
  } finally {
    os.close(descriptor);
  }
}

function readDescriptor(descriptor: number, path: string): Uint8Array {
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  let length = 0;
  for (;;) {
    if (length === buffer.byteLength) buffer = enlarged(buffer);
    const count = succeeded(`read ${path}`, os.read(descriptor, buffer, length, buffer.byteLength - length));
    if (count === 0) return new Uint8Array(buffer.slice(0, length));
    length += count;
  }
}

function enlarged(buffer: ArrayBuffer): ArrayBuffer {
  const larger = new Uint8Array(buffer.byteLength * 2);
  larger.set(new Uint8Array(buffer));
  return larger.buffer;
}

function missing(doing: string, errno: number): undefined {
  if (isMissing(errno)) return undefined;
  throw failure(doing, errno);
}
