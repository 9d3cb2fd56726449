/** GUIDs as GPT stores them. */

/** What an unused partition entry has as its type. */
export const nilGuid = '00000000-0000-0000-0000-000000000000';

/**
 * Reads a GUID of 16 bytes into its usual lower-case text. The first three groups are little-endian and the
 * rest is in the order it is written (UEFI 2.10, appendix A).
 */
export function decodeGuid(bytes: Buffer, offset: number): string {
  const hex = (start: number, end: number) => bytes.toString('hex', offset + start, offset + end);
  const first = bytes.readUInt32LE(offset).toString(16).padStart(8, '0');
  const second = bytes
    .readUInt16LE(offset + 4)
    .toString(16)
    .padStart(4, '0');
  const third = bytes
    .readUInt16LE(offset + 6)
    .toString(16)
    .padStart(4, '0');
  return `${first}-${second}-${third}-${hex(8, 10)}-${hex(10, 16)}`;
}
