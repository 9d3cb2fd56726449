/** CRC-32C as VHDX uses it: Castagnoli's polynomial, reflected, 0x82F63B78 (RFC 3720, appendix B.4). */
import { crcOf, crcTable } from './crc-table.ts';

/** The polynomial with its bits reversed, for the reflected form. */
const POLYNOMIAL = 0x82f63b78;

const table = crcTable(POLYNOMIAL);

/** The CRC-32C of some bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  return crcOf(bytes, table);
}
