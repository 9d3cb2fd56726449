/** One GPT header with its partition entries, as bytes: UEFI 2.10, section 5.3. */
import { crc32 } from './crc32.ts';
import { decodeGuid } from './guid.ts';

/** Reads bytes of a disk or an image; fewer than asked for where it ends. */
export type ReadBytes = (offset: number, length: number) => Promise<Buffer>;

/** The fields of a header that a reader needs (UEFI 2.10, table 5.5). LBAs count sectors. */
export interface GptHeader {
  readonly lba: number;
  /** Where the other header is: the backup's for the primary, and the other way round. */
  readonly alternateLba: number;
  readonly firstUsableLba: number;
  /** Inclusive. */
  readonly lastUsableLba: number;
  readonly diskGuid: string;
  readonly entriesLba: number;
  readonly entryCount: number;
  readonly entrySizeBytes: number;
  readonly entriesCrc: number;
}

/** What stands at a place where a header may be. `damaged` tells why it can't be trusted. */
export type FoundTable =
  | { readonly kind: 'valid'; readonly header: GptHeader; readonly entries: Buffer }
  | { readonly kind: 'damaged'; readonly reason: string; readonly header: GptHeader | undefined }
  | { readonly kind: 'absent' };

const SIGNATURE = 'EFI PART';

/** The header's fields end here; the rest of its sector is reserved. */
const LEAST_HEADER_BYTES = 92;

/** UEFI 2.10, table 5.6: an entry is 128 bytes times a power of two. */
const LEAST_ENTRY_BYTES = 128;

/** The usual table is 16 KiB. A damaged header must not make us read the whole disk. */
const MOST_TABLE_BYTES = 1024 * 1024;

/**
 * Reads the header at an LBA and its entries, and checks both CRCs.
 * @param sectorSizeBytes Bytes per LBA.
 */
export async function readTableAt(
  read: ReadBytes,
  lba: number,
  sectorSizeBytes: number,
): Promise<FoundTable> {
  const sector = await read(lba * sectorSizeBytes, sectorSizeBytes);
  if (sector.length < LEAST_HEADER_BYTES || sector.toString('latin1', 0, 8) !== SIGNATURE)
    return { kind: 'absent' };

  const damaged = (reason: string, header?: GptHeader): FoundTable => ({ kind: 'damaged', reason, header });
  const headerBytes = sector.readUInt32LE(12);
  if (headerBytes < LEAST_HEADER_BYTES || headerBytes > sector.length) {
    return damaged(`its header claims a size of ${headerBytes} bytes`);
  }
  const header = decodeHeader(sector);
  const headerCrc = crc32(withoutCrc(sector.subarray(0, headerBytes)));
  if (headerCrc !== sector.readUInt32LE(16)) return damaged('the checksum of its header is wrong', header);
  if (header.lba !== lba) return damaged(`its header says it belongs to sector ${header.lba}`, header);

  const tableBytes = header.entryCount * header.entrySizeBytes;
  if (header.entrySizeBytes < LEAST_ENTRY_BYTES || tableBytes > MOST_TABLE_BYTES) {
    return damaged(`it claims ${header.entryCount} entries of ${header.entrySizeBytes} bytes`, header);
  }
  const entries = await read(header.entriesLba * sectorSizeBytes, tableBytes);
  if (entries.length < tableBytes) return damaged('its entries lie beyond the end', header);
  if (crc32(entries) !== header.entriesCrc) return damaged('the checksum of its entries is wrong', header);
  return { kind: 'valid', header, entries };
}

function decodeHeader(sector: Buffer): GptHeader {
  // A 64-bit LBA past 2^53 belongs to no disk that exists; as a number it is merely too large, and found so later.
  const lbaAt = (offset: number) => Number(sector.readBigUInt64LE(offset));
  return {
    lba: lbaAt(24),
    alternateLba: lbaAt(32),
    firstUsableLba: lbaAt(40),
    lastUsableLba: lbaAt(48),
    diskGuid: decodeGuid(sector, 56),
    entriesLba: lbaAt(72),
    entryCount: sector.readUInt32LE(80),
    entrySizeBytes: sector.readUInt32LE(84),
    entriesCrc: sector.readUInt32LE(88),
  };
}

/** The header's CRC is computed with its own field zeroed. */
function withoutCrc(header: Buffer): Buffer {
  const copy = Buffer.from(header);
  copy.writeUInt32LE(0, 16);
  return copy;
}
