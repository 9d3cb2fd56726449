/** From the bytes that a source gives to the text of a cloud-config or a script. */
import type { Host } from '../host.ts';
import { tooLarge } from '../machine/bounded.ts';
import { gunzip } from '../machine/gunzip.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { decodeUtf8 } from '../machine/utf8.ts';
import { USER_DATA_MAXIMUM_BYTES } from './size.ts';

/**
 * @param bytes Text in UTF-8, or such text packed by gzip.
 * @returns Undefined when there is nothing but white space.
 * @throws {Unreadable} when it is too large, not text, or damaged.
 */
export function userDataText(host: Host, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  if (bytes.length > USER_DATA_MAXIMUM_BYTES) throw tooLarge('the user data', USER_DATA_MAXIMUM_BYTES);
  return presentText(isGzip(bytes) ? unpack(host, bytes) : bytes, 'the user data');
}

/** RFC 1952, section 2.3.1. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function unpack(host: Host, bytes: Uint8Array): Uint8Array {
  const unpacked = gunzip(host, bytes, USER_DATA_MAXIMUM_BYTES);
  if (typeof unpacked !== 'string') return unpacked;
  throw new Unreadable(`the user data is packed by gzip and cannot be unpacked: ${unpacked}`);
}

/**
 * @param what Such as `the user data`, for the error.
 * @throws {Unreadable} when it is not UTF-8.
 */
export function presentText(bytes: Uint8Array, what: string): string | undefined {
  const text = decodeUtf8(bytes);
  if (typeof text === 'number') {
    const byte = (bytes[text] ?? 0).toString(16).padStart(2, '0');
    throw new Unreadable(`${what} is not text in UTF-8: byte 0x${byte} at offset ${text}`);
  }
  return /\S/.test(text) ? text : undefined;
}
