/** CRC-32 in its reflected form, for any polynomial. */

/**
 * The remainder of each byte: the usual table, so that a kilobyte costs a kilobyte of steps.
 * @param polynomial With its bits reversed.
 */
export function crcTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    }
    return remainder;
  });
}

/** The CRC of some bytes, as an unsigned number. */
export function crcOf(bytes: Uint8Array, table: Uint32Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder = (table[(remainder ^ byte) & 0xff] ?? 0) ^ (remainder >>> 8);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
