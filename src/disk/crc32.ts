/** CRC-32 as GPT uses it: ISO 3309, reflected, polynomial 0xEDB88320 (UEFI 2.10, section 5.3.2). */
import { crcOf, crcTable } from './crc-table.ts';

/** The polynomial with its bits reversed, for the reflected form. */
const POLYNOMIAL = 0xedb88320;

const table = crcTable(POLYNOMIAL);

/** The CRC-32 of some bytes, as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  return crcOf(bytes, table);
}
