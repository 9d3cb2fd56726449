/** CRC-32 as GPT uses it: ISO 3309, reflected, polynomial 0xEDB88320 (UEFI 2.10, section 5.3.2). */

/** The polynomial with its bits reversed, for the reflected form. */
const POLYNOMIAL = 0xedb88320;

/** The remainder of each byte: the usual table, so that a kilobyte costs a kilobyte of steps. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  return remainder;
});

/** The CRC-32 of some bytes, as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder = (table[(remainder ^ byte) & 0xff] ?? 0) ^ (remainder >>> 8);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
