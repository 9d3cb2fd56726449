/** One partition, as its GPT entry describes it: UEFI 2.10, table 5.6. */
import { decodeGuid, nilGuid } from './guid.ts';

/** A partition on a disk or in an image. */
export interface Partition {
  /** 1-based place in the table: the number in `/dev/sda3`. */
  readonly number: number;
  /** Lower case; `partitionTypeOf` names it. */
  readonly typeGuid: string;
  /** Lower case: the name in /dev/disk/by-partuuid. */
  readonly uuid: string;
  readonly label: string;
  readonly firstByte: number;
  readonly sizeBytes: number;
  /** Names of the attribute bits that are set, such as `read-only`; `bit-N` for those without one. */
  readonly attributes: readonly string[];
}

/**
 * Bits 0 to 2 from UEFI 2.10, table 5.8; 59, 60 and 63 from the Discoverable Partitions Specification,
 * section "Partition Flags".
 */
const attributeNames: ReadonlyMap<number, string> = new Map([
  [0, 'required'],
  [1, 'no-block-io'],
  [2, 'legacy-boot'],
  [59, 'grow-file-system'],
  [60, 'read-only'],
  [63, 'no-auto'],
]);

/** The label is 36 UTF-16 code units. */
const LABEL_START = 56;
const LABEL_END = 128;

/**
 * Reads one entry of a partition table.
 * @param number 1-based.
 * @returns Undefined for an unused entry.
 */
export function decodePartition(
  entry: Buffer,
  number: number,
  sectorSizeBytes: number,
): Partition | undefined {
  const typeGuid = decodeGuid(entry, 0);
  if (typeGuid === nilGuid) return undefined;
  const firstLba = Number(entry.readBigUInt64LE(32));
  const lastLba = Number(entry.readBigUInt64LE(40));
  const label = entry.toString('utf16le', LABEL_START, LABEL_END);
  return {
    number,
    typeGuid,
    uuid: decodeGuid(entry, 16),
    label: label.split('\0')[0] ?? '',
    firstByte: firstLba * sectorSizeBytes,
    sizeBytes: (lastLba - firstLba + 1) * sectorSizeBytes,
    attributes: decodeAttributes(entry.readBigUInt64LE(48)),
  };
}

function decodeAttributes(bits: bigint): readonly string[] {
  return Array.from({ length: 64 }, (_, bit) => bit)
    .filter((bit) => (bits >> BigInt(bit)) & 1n)
    .map((bit) => attributeNames.get(bit) ?? `bit-${bit}`);
}
