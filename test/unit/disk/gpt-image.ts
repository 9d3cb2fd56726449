/** Hand-built disks with a GPT, for tests: UEFI 2.10, section 5.3. */
import { crc32 } from '../../../src/disk/crc32.ts';
import type { ReadBytes } from '../../../src/disk/gpt-header.ts';

/** Reads from a buffer as from a file: short at its end, nothing past it. */
export function readerOf(disk: Buffer): ReadBytes {
  return async (offset, length) => disk.subarray(offset, offset + length);
}

/** Recomputes both checksums of the header at `lba`, after an edit that is meant to look intended. */
export function sealHeader(disk: Buffer, lba: number, sectorSizeBytes: number): void {
  const header = disk.subarray(lba * sectorSizeBytes, (lba + 1) * sectorSizeBytes);
  const entriesStart = Number(header.readBigUInt64LE(72)) * sectorSizeBytes;
  const entries = disk.subarray(
    entriesStart,
    entriesStart + header.readUInt32LE(80) * header.readUInt32LE(84),
  );
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(0, 16);
  header.writeUInt32LE(crc32(header.subarray(0, 92)), 16);
}

/** A 1 MiB disk of 4096-byte sectors with an ESP in slot 1 and a root in slot 3; slot 2 is unused. */
export function disk4096(): Buffer {
  const sector = 4096;
  const last = 255;
  const disk = Buffer.alloc((last + 1) * sector);
  // The protective MBR: one partition of type 0xee over everything (UEFI 2.10, section 5.2.3).
  Buffer.from('00000200eeffffff01000000ff000000', 'hex').copy(disk, 446);
  disk.writeUInt16BE(0x55aa, 510);
  const entries = Buffer.alloc(128 * 128);
  entry(entries, 0, '28732ac11ff8d211ba4b00a0c93ec93b', 6n, 15n, 0n, 'esp');
  entry(entries, 2, 'e3bc684fcde8b14d96e7fbcaf984b709', 16n, 240n, 0x1000000000000004n, 'root_2.0');
  layTables(disk, entries, { sectorBytes: sector, diskGuid: '67452301ab89efcd0123456789abcdef' });
  return disk;
}

/** Both copies of a table, with sums that are right: the disk's first and last sectors. Partitions may lie between. */
export function layTables(
  disk: Buffer,
  entries: Buffer,
  { sectorBytes, diskGuid }: { readonly sectorBytes: number; readonly diskGuid: string },
): void {
  const last = disk.length / sectorBytes - 1;
  const tableSectors = Math.ceil(entries.length / sectorBytes);
  for (const [lba, alternate, entriesLba] of [
    [1, last, 2],
    [last, 1, last - tableSectors],
  ] as const) {
    entries.copy(disk, entriesLba * sectorBytes);
    const header = disk.subarray(lba * sectorBytes, (lba + 1) * sectorBytes);
    header.write('EFI PART', 0, 'latin1');
    header.writeUInt32LE(0x00010000, 8);
    header.writeUInt32LE(92, 12);
    header.writeBigUInt64LE(BigInt(lba), 24);
    header.writeBigUInt64LE(BigInt(alternate), 32);
    header.writeBigUInt64LE(BigInt(2 + tableSectors), 40);
    header.writeBigUInt64LE(BigInt(last - tableSectors - 1), 48);
    Buffer.from(diskGuid, 'hex').copy(header, 56);
    header.writeBigUInt64LE(BigInt(entriesLba), 72);
    header.writeUInt32LE(entries.length / 128, 80);
    header.writeUInt32LE(128, 84);
    sealHeader(disk, lba, sectorBytes);
  }
}

function entry(
  entries: Buffer,
  index: number,
  typeHex: string,
  firstLba: bigint,
  lastLba: bigint,
  attributes: bigint,
  label: string,
): void {
  const bytes = entries.subarray(index * 128, (index + 1) * 128);
  Buffer.from(typeHex, 'hex').copy(bytes, 0);
  bytes.fill(index + 1, 16, 32);
  bytes.writeBigUInt64LE(firstLba, 32);
  bytes.writeBigUInt64LE(lastLba, 40);
  bytes.writeBigUInt64LE(attributes, 48);
  bytes.write(label, 56, 'utf16le');
}
