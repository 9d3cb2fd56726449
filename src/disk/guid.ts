/**
 * GUIDs as GPT stores them: the first three groups are little-endian and the rest is in the order it is written
 * (UEFI 2.10, appendix A).
 */

/** What an unused partition entry has as its type. */
export const nilGuid = '00000000-0000-0000-0000-000000000000';

/** Where each pair of digits of the text lies in the 16 bytes. */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** Reads 16 bytes into the usual lower-case text. */
export function decodeGuid(bytes: Uint8Array, offset: number): string {
  const hex = ORDER.map((place) => (bytes[offset + place] ?? 0).toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The 16 bytes of a GUID in its usual text. */
export function encodeGuid(guid: string): Uint8Array {
  const hex = guid.replaceAll('-', '');
  const bytes = new Uint8Array(16);
  for (const [index, place] of ORDER.entries()) {
    bytes[place] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}

/** A UUID (version 8, RFC 9562: custom) made from a SHA-256 in hex. */
export function guidFromDigest(sha256: string): string {
  const variant = ((Number.parseInt(sha256[16] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${sha256.slice(0, 8)}-${sha256.slice(8, 12)}-8${sha256.slice(13, 16)}-${variant}${sha256.slice(17, 20)}-${sha256.slice(20, 32)}`;
}
