/**
 * The fixed VHD: a raw disk with a footer of 512 bytes behind it (Microsoft, "Virtual Hard Disk Image Format
 * Specification" 1.0). Azure takes no other disk, and only one whose size is a multiple of 1 MiB.
 * @see https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-generic
 */
import type { ReadBytes } from '../disk/gpt-header.ts';
import { encodeGuid } from '../disk/guid.ts';
import { alignUp, MIB } from '../units.ts';

export const VHD_FOOTER_BYTES = 512;
/** "The seconds since January 1, 2000 12:00:00 AM in UTC". */
const VHD_EPOCH_SECONDS = 946_684_800;
const FIXED_DISK = 2;
/** Reserved, and always set. */
const FEATURES = 2;
const FORMAT_VERSION = 0x00010000;
/** No further structure: the disk is fixed. */
const NO_OFFSET = 0xffffffffffffffffn;
/**
 * Readers go by this whether the size counts or the geometry, which cannot say every size: for "qem2" it is the size, to
 * QEMU, to Hyper-V and to Azure.
 */
const CREATOR_APPLICATION = 'qem2';
const CREATOR_VERSION = 0x00050003;
const CREATOR_SYSTEM = 'Wi2k';
const SECTOR_BYTES = 512;

/** The size of the disk in a VHD for Azure: whole MiB. */
export function vhdDiskBytes(rawBytes: number): number {
  return alignUp(rawBytes, MIB);
}

export interface VhdFooterOptions {
  /** Of the disk, in whole MiB. */
  readonly diskBytes: number;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly uuid: string;
}

/** Makes the footer. All numbers are big-endian. */
export function vhdFooter({ diskBytes, epoch, uuid }: VhdFooterOptions): Uint8Array {
  const footer = new Uint8Array(VHD_FOOTER_BYTES);
  const view = new DataView(footer.buffer);
  const text = (offset: number, value: string) => footer.set(new TextEncoder().encode(value), offset);
  text(0, 'conectix');
  view.setUint32(8, FEATURES);
  view.setUint32(12, FORMAT_VERSION);
  view.setBigUint64(16, NO_OFFSET);
  view.setUint32(24, Math.max(0, epoch - VHD_EPOCH_SECONDS));
  text(28, CREATOR_APPLICATION);
  view.setUint32(32, CREATOR_VERSION);
  text(36, CREATOR_SYSTEM);
  view.setBigUint64(40, BigInt(diskBytes));
  view.setBigUint64(48, BigInt(diskBytes));
  const { cylinders, heads, sectors } = vhdGeometry(diskBytes / SECTOR_BYTES);
  view.setUint16(56, cylinders);
  view.setUint8(58, heads);
  view.setUint8(59, sectors);
  view.setUint32(60, FIXED_DISK);
  footer.set(bigEndian(uuid), 68);
  view.setUint32(64, checksum(footer));
  return footer;
}

/** The size of the disk in a VHD, from its footer. @throws {Error} when it has none. */
export async function vhdFooterDiskBytes(read: ReadBytes, fileBytes: number): Promise<number> {
  const footer = await read(fileBytes - VHD_FOOTER_BYTES, VHD_FOOTER_BYTES);
  if (footer.toString('latin1', 0, 8) !== 'conectix') throw new Error('not a VHD: it has no footer');
  return Number(footer.readBigUInt64BE(48));
}

/** A disk's cylinders, heads and sectors, as the specification's appendix ("CHS Calculation") computes them. */
export function vhdGeometry(totalSectors: number): { cylinders: number; heads: number; sectors: number } {
  const most = 65535 * 16 * 255;
  const total = Math.min(totalSectors, most);
  let sectors = 17;
  let cylinderTimesHeads = Math.floor(total / sectors);
  let heads = Math.max(4, Math.floor((cylinderTimesHeads + 1023) / 1024));
  if (total >= 65535 * 16 * 63) {
    sectors = 255;
    heads = 16;
    cylinderTimesHeads = Math.floor(total / sectors);
  } else {
    if (cylinderTimesHeads >= heads * 1024 || heads > 16) {
      sectors = 31;
      heads = 16;
      cylinderTimesHeads = Math.floor(total / sectors);
    }
    if (cylinderTimesHeads >= heads * 1024) {
      sectors = 63;
      heads = 16;
      cylinderTimesHeads = Math.floor(total / sectors);
    }
  }
  return { cylinders: Math.floor(cylinderTimesHeads / heads), heads, sectors };
}

/** One's complement of the sum of all bytes, with the field itself as zero. */
function checksum(footer: Uint8Array): number {
  return ~footer.reduce((sum, byte) => sum + byte, 0) >>> 0;
}

/** A UUID in the order it is written, which {@link encodeGuid}'s is not. */
function bigEndian(uuid: string): Uint8Array {
  const bytes = encodeGuid(uuid);
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
