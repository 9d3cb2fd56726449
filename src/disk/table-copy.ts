/**
 * A GUID partition table that is changed in place: UEFI 2.10, section 5.3. It has two copies, and each is checked by
 * its sums; a writer who brings one to the disk before it begins with the other leaves a whole one at any moment.
 */
import { crc32 } from './crc32.ts';
import { decodeGuid, encodeGuid, nilGuid } from './guid.ts';

/** Reads bytes of the disk; fewer where it ends. */
export type ReadDisk = (offset: number, length: number) => Uint8Array;

/** One of the two copies, whose sums are right. */
export interface TableCopy {
  readonly sectorSizeBytes: number;
  /** In sectors: 1, or the disk's last. */
  readonly headerLba: number;
  /** Of the other copy. */
  readonly alternateLba: number;
  readonly entriesLba: number;
  readonly entrySizeBytes: number;
  /** A whole sector. */
  readonly header: Uint8Array;
  readonly entries: Uint8Array;
}

/** What a partition is called. Absent: it stays. */
export interface PartitionName {
  readonly label?: string;
  readonly uuid?: string;
}

export interface PartitionEntry {
  /** From 1: the number in `/dev/sda3`. */
  readonly number: number;
  /** Lower case, as are all GUIDs here. */
  readonly typeGuid: string;
  readonly uuid: string;
  readonly label: string;
  readonly sizeBytes: number;
}

/** Bytes to be written to one place. */
export interface DiskWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const SIGNATURE = 'EFI PART';
const LEAST_HEADER_BYTES = 92;
const LEAST_ENTRY_BYTES = 128;
/** The usual table has 16 KiB; a damaged header must not make us read the whole disk. */
const MOST_TABLE_BYTES = 1024 * 1024;
/** Of an entry: 36 characters in UTF-16. */
const LABEL_AT = 56;
const LABEL_CHARACTERS = 36;
const UUID_AT = 16;

/** @returns Undefined when there is no copy, or one whose sums are wrong. */
export function readCopy(read: ReadDisk, headerLba: number, sectorSizeBytes: number): TableCopy | undefined {
  const header = read(headerLba * sectorSizeBytes, sectorSizeBytes);
  if (header.length < sectorSizeBytes || ascii(header.subarray(0, 8)) !== SIGNATURE) return undefined;
  const view = viewOf(header);
  const headerBytes = view.getUint32(12, true);
  if (headerBytes < LEAST_HEADER_BYTES || headerBytes > sectorSizeBytes) return undefined;
  if (headerSum(header) !== view.getUint32(16, true) || lbaAt(view, 24) !== headerLba) return undefined;
  const entrySizeBytes = view.getUint32(84, true);
  const tableBytes = view.getUint32(80, true) * entrySizeBytes;
  if (entrySizeBytes < LEAST_ENTRY_BYTES || tableBytes > MOST_TABLE_BYTES) return undefined;
  const entriesLba = lbaAt(view, 72);
  const entries = read(entriesLba * sectorSizeBytes, tableBytes);
  if (entries.length < tableBytes || crc32(entries) !== view.getUint32(88, true)) return undefined;
  return {
    sectorSizeBytes,
    headerLba,
    alternateLba: lbaAt(view, 32),
    entriesLba,
    entrySizeBytes,
    header,
    entries,
  };
}

/** Partitions in the table's order; unused entries are left out. */
export function partitionsOf({ entries, entrySizeBytes, sectorSizeBytes }: TableCopy): PartitionEntry[] {
  return Array.from({ length: entries.length / entrySizeBytes }, (_, index) => {
    const entry = entries.subarray(index * entrySizeBytes, (index + 1) * entrySizeBytes);
    const view = viewOf(entry);
    return {
      number: index + 1,
      typeGuid: decodeGuid(entry, 0),
      uuid: decodeGuid(entry, UUID_AT),
      label: labelOf(view),
      sizeBytes: (lbaAt(view, 40) - lbaAt(view, 32) + 1) * sectorSizeBytes,
    };
  }).filter(({ typeGuid }) => typeGuid !== nilGuid);
}

/** The entries with other names. @param names By the partition's number. */
export function rename(copy: TableCopy, names: ReadonlyMap<number, PartitionName>): TableCopy {
  const entries = copy.entries.slice();
  for (const [number, { label, uuid }] of names) {
    const at = (number - 1) * copy.entrySizeBytes;
    if (uuid !== undefined) entries.set(encodeGuid(uuid), at + UUID_AT);
    if (label === undefined) continue;
    const view = new DataView(entries.buffer, at + LABEL_AT, LABEL_CHARACTERS * 2);
    for (let index = 0; index < LABEL_CHARACTERS; index++) {
      view.setUint16(index * 2, index < label.length ? label.charCodeAt(index) : 0, true);
    }
  }
  return { ...copy, entries };
}

/**
 * What brings a table to the disk: two groups of writes. The second may begin only when the first has reached the disk.
 * @param other The other copy, when it is whole: it says where its entries are.
 */
export function writesOf(
  copy: TableCopy,
  other: TableCopy | undefined,
): { readonly backup: readonly DiskWrite[]; readonly primary: readonly DiskWrite[] } {
  const last = Math.max(copy.headerLba, copy.alternateLba);
  const sectors = Math.ceil(copy.entries.length / copy.sectorSizeBytes);
  const [primaryCopy, backupCopy] = copy.headerLba === 1 ? [copy, other] : [other, copy];
  return {
    backup: writesAt(copy, {
      headerLba: last,
      alternateLba: 1,
      entriesLba: backupCopy?.entriesLba ?? last - sectors,
    }),
    primary: writesAt(copy, { headerLba: 1, alternateLba: last, entriesLba: primaryCopy?.entriesLba ?? 2 }),
  };
}

function writesAt(
  copy: TableCopy,
  place: Pick<TableCopy, 'headerLba' | 'alternateLba' | 'entriesLba'>,
): readonly DiskWrite[] {
  const header = copy.header.slice();
  const view = viewOf(header);
  view.setBigUint64(24, BigInt(place.headerLba), true);
  view.setBigUint64(32, BigInt(place.alternateLba), true);
  view.setBigUint64(72, BigInt(place.entriesLba), true);
  view.setUint32(88, crc32(copy.entries), true);
  view.setUint32(16, headerSum(header), true);
  return [
    { offset: place.entriesLba * copy.sectorSizeBytes, bytes: copy.entries },
    { offset: place.headerLba * copy.sectorSizeBytes, bytes: header },
  ];
}

/** Its own field counts as zero. */
function headerSum(header: Uint8Array): number {
  const summed = header.slice(0, viewOf(header).getUint32(12, true));
  summed.fill(0, 16, 20);
  return crc32(summed);
}

function labelOf(view: DataView): string {
  let label = '';
  for (let index = 0; index < LABEL_CHARACTERS; index++) {
    const unit = view.getUint16(LABEL_AT + index * 2, true);
    if (unit === 0) break;
    label += String.fromCharCode(unit);
  }
  return label;
}

/** An LBA past 2^53 belongs to no disk that exists. */
function lbaAt(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
