/** A small raw disk for conversions: mostly holes, with a partition table and random bytes at odd places. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { MIB } from '../../src/units.ts';
import { disk4096 } from '../unit/disk/gpt-image.ts';

/** Not a multiple of 1 MiB, of 64 KiB or of 4 KiB. */
export const ODD_DISK_BYTES = 64 * MIB + 7 * 512;

/** Where bytes are, and how many: across blocks and clusters of the formats, and up to the last byte. */
const PLACES: readonly (readonly [offset: number, count: number])[] = [
  [2 * MIB + 1, 1],
  [3 * MIB - 7, 70_001],
  [8 * MIB - 512, 3 * MIB],
  [31 * MIB + 4097, 65_536],
  [33 * MIB, 64 * 1024],
  [ODD_DISK_BYTES - 513, 513],
];

/** Writes the disk; what is not named is a hole. The same seed gives the same bytes. */
export async function makeOddDisk(path: string, seed = 'odd'): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.truncate(ODD_DISK_BYTES);
    const table = disk4096();
    await handle.write(table, 0, table.length, 0);
    for (const [offset, count] of PLACES) {
      const bytes = createHash('shake256', { outputLength: count }).update(`${seed} ${offset}`).digest();
      await handle.write(bytes, 0, count, offset);
    }
  } finally {
    await handle.close();
  }
}
