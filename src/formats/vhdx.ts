/**
 * What is by chance in a VHDX, and where its size is ([MS-VHDX], "Virtual Hard Disk v2 File Format"). qemu-img makes the
 * file and draws its GUIDs, its sequence numbers and a log that is played already; the same disk should be the same file,
 * so they are set anew.
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-vhdx
 */
import { crc32c } from '../disk/crc32c.ts';
import type { ReadBytes } from '../disk/gpt-header.ts';
import { decodeGuid, encodeGuid } from '../disk/guid.ts';
import type { Patch } from './patch.ts';

/** Two headers, of which the one with the higher sequence number counts (2.2.2). */
const HEADER_OFFSETS = [64 * 1024, 128 * 1024];
const HEADER_BYTES = 4096;
const REGION_TABLE_OFFSET = 192 * 1024;
const REGION_ENTRIES_OFFSET = 16;
const METADATA_ENTRIES_OFFSET = 32;
const ENTRY_BYTES = 32;
const METADATA_REGION = '8b7ca206-4790-4b9a-b8fe-575f050f886e';
const VIRTUAL_DISK_SIZE = '2fa54224-cd1b-4876-b211-5dbed83bf4b8';
const PAGE_83_DATA = 'beca12ab-b2e6-4523-93ef-c309e000c746';

/**
 * What to write into a VHDX that was just made and closed, so that nothing of it is by chance.
 * @param guids Of the file's and of the data's last write, and of the disk (SCSI's identification page 0x83).
 * @throws {Error} when the file is no VHDX, or its log is still to be played.
 */
export async function vhdxPatches(
  read: ReadBytes,
  guids: { readonly fileWrite: string; readonly dataWrite: string; readonly disk: string },
): Promise<Patch[]> {
  const patches: Patch[] = [];
  for (const [index, offset] of HEADER_OFFSETS.entries()) {
    const header = await read(offset, HEADER_BYTES);
    if (header.toString('latin1', 0, 4) !== 'head') throw new Error('not a VHDX: it has no header');
    if (header.subarray(48, 64).some((byte) => byte !== 0))
      throw new Error('the log of the VHDX is not played');
    header.writeBigUInt64LE(BigInt(index + 1), 8);
    header.set(encodeGuid(guids.fileWrite), 16);
    header.set(encodeGuid(guids.dataWrite), 32);
    header.writeUInt32LE(0, 4);
    header.writeUInt32LE(crc32c(header), 4);
    patches.push({ offset, bytes: header });
    const [logBytes, logOffset] = [header.readUInt32LE(68), Number(header.readBigUInt64LE(72))];
    if (index === 0) patches.push({ offset: logOffset, bytes: new Uint8Array(logBytes) });
  }
  patches.push({ offset: await metadataItem(read, PAGE_83_DATA), bytes: encodeGuid(guids.disk) });
  return patches;
}

/** The size of the disk in a VHDX. */
export async function vhdxDiskBytes(read: ReadBytes): Promise<number> {
  const size = await read(await metadataItem(read, VIRTUAL_DISK_SIZE), 8);
  return Number(size.readBigUInt64LE(0));
}

/** Where an item of the metadata lies in the file (2.6). */
async function metadataItem(read: ReadBytes, item: string): Promise<number> {
  const regions = await read(REGION_TABLE_OFFSET, 64 * 1024);
  if (regions.toString('latin1', 0, 4) !== 'regi') throw new Error('not a VHDX: it has no region table');
  const region = entry(regions, REGION_ENTRIES_OFFSET, regions.readUInt32LE(8), METADATA_REGION);
  const base = Number(regions.readBigUInt64LE(region + 16));
  const metadata = await read(base, 64 * 1024);
  const found = entry(metadata, METADATA_ENTRIES_OFFSET, metadata.readUInt16LE(10), item);
  return base + metadata.readUInt32LE(found + 16);
}

function entry(table: Buffer, first: number, count: number, guid: string): number {
  for (let index = 0; index < count; index += 1) {
    const offset = first + index * ENTRY_BYTES;
    if (decodeGuid(table, offset) === guid) return offset;
  }
  throw new Error(`the VHDX has no ${guid}`);
}
