/** Reading a GUID partition table: UEFI 2.10, section 5.3. Nothing is ever written here. */
import { UserError } from '../errors.ts';
import { formatSize } from '../units.ts';
import { describeStart } from './first-bytes.ts';
import { type FoundTable, type ReadBytes, readTableAt } from './gpt-header.ts';
import { decodePartition, type Partition } from './partition.ts';

/** A partition table and what is worth knowing about its state. */
export interface PartitionTable {
  readonly sectorSizeBytes: number;
  /** Lower case. */
  readonly diskGuid: string;
  /** Which of the two copies was read. */
  readonly source: 'primary' | 'backup';
  /** Where partitions may begin. */
  readonly firstUsableByte: number;
  /** Where partitions must have ended: the byte after the last usable one. */
  readonly usableEndByte: number;
  /** In the table's order, unused entries left out. */
  readonly partitions: readonly Partition[];
  /** What is not as it should be, one sentence each; empty for a table in good order. */
  readonly notes: readonly string[];
}

/** What {@link readPartitionTable} needs to know about the disk. */
export interface PartitionTableOptions {
  /** Name for errors: a path or a device. */
  readonly name: string;
  /** Size of the disk or image: the backup table is at its end. */
  readonly sizeBytes: number;
  /** Sector sizes to try, in this order. */
  readonly sectorSizes?: readonly number[];
}

type ValidTable = Extract<FoundTable, { kind: 'valid' }>;

/** A place where a table may be, and what was found there. */
interface Candidate {
  readonly sectorSizeBytes: number;
  readonly lba: number;
  readonly table: FoundTable;
}

/** Every disk to be met has one of these; NVMe and some SAN volumes have the larger. */
const usualSectorSizes: readonly number[] = [512, 4096];

/**
 * Reads the partition table, from the backup at the end when the one at the start is damaged.
 * @param read Reads bytes of the disk; called with offsets below `sizeBytes`.
 * @throws UserError `not-gpt` when there is no GPT, `gpt-damaged` when neither copy can be trusted.
 */
export async function readPartitionTable(
  read: ReadBytes,
  options: PartitionTableOptions,
): Promise<PartitionTable> {
  const sectorSizes = options.sectorSizes ?? usualSectorSizes;
  const primaries = await Promise.all(sectorSizes.map((size) => candidateAt(read, 1, size)));
  const primary = primaries.find(isValid);
  if (primary !== undefined) {
    return tableOf(primary, 'primary', options, await backupNotes(read, primary, options));
  }

  const damaged = primaries.find(({ table }) => table.kind === 'damaged');
  const backups = await backupCandidates(read, primaries, sectorSizes, options.sizeBytes);
  const backup = backups.find(isValid);
  if (backup !== undefined) {
    const why = damaged?.table.kind === 'damaged' ? `is damaged: ${damaged.table.reason}` : 'is missing';
    return tableOf(backup, 'backup', options, [
      `the partition table at the start ${why}; this is its backup from the end of the disk`,
    ]);
  }
  throw unreadable(await read(0, 4096), damaged, options);
}

function isValid(candidate: Candidate): candidate is Candidate & { table: ValidTable } {
  return candidate.table.kind === 'valid';
}

async function candidateAt(read: ReadBytes, lba: number, sectorSizeBytes: number): Promise<Candidate> {
  return { sectorSizeBytes, lba, table: await readTableAt(read, lba, sectorSizeBytes) };
}

/** The backup is in the last sector, or, on a disk that grew, where a damaged primary still says it is. */
async function backupCandidates(
  read: ReadBytes,
  primaries: readonly Candidate[],
  sectorSizes: readonly number[],
  sizeBytes: number,
): Promise<readonly Candidate[]> {
  const places = [
    ...sectorSizes.map((sectorSizeBytes) => ({ sectorSizeBytes, lba: lastLba(sizeBytes, sectorSizeBytes) })),
    ...primaries.flatMap(({ sectorSizeBytes, table }) =>
      table.kind === 'damaged' && table.header !== undefined
        ? [{ sectorSizeBytes, lba: table.header.alternateLba }]
        : [],
    ),
  ].filter(({ lba, sectorSizeBytes }) => lba > 1 && lba <= lastLba(sizeBytes, sectorSizeBytes));
  return await Promise.all(places.map(({ lba, sectorSizeBytes }) => candidateAt(read, lba, sectorSizeBytes)));
}

function lastLba(sizeBytes: number, sectorSizeBytes: number): number {
  return Math.floor(sizeBytes / sectorSizeBytes) - 1;
}

async function backupNotes(
  read: ReadBytes,
  { table, sectorSizeBytes }: Candidate & { table: ValidTable },
  { sizeBytes }: PartitionTableOptions,
): Promise<readonly string[]> {
  const { alternateLba } = table.header;
  const last = lastLba(sizeBytes, sectorSizeBytes);
  const where = `the backup partition table at byte ${alternateLba * sectorSizeBytes}`;
  if (alternateLba > last)
    return [`${where} lies beyond the end at byte ${sizeBytes}: the disk was cut short`];
  const notes =
    alternateLba < last
      ? [`${where} is not at the end, byte ${sizeBytes}: the disk grew since it was written`]
      : [];
  const backup = await readTableAt(read, alternateLba, sectorSizeBytes);
  switch (backup.kind) {
    case 'absent':
      return [...notes, `${where} is missing`];
    case 'damaged':
      return [...notes, `${where} is damaged: ${backup.reason}`];
    case 'valid': {
      const same =
        backup.header.entriesCrc === table.header.entriesCrc &&
        backup.header.diskGuid === table.header.diskGuid;
      return same ? notes : [...notes, `${where} differs from the one at the start`];
    }
  }
}

function tableOf(
  { table, sectorSizeBytes }: Candidate & { table: ValidTable },
  source: PartitionTable['source'],
  { sizeBytes }: PartitionTableOptions,
  notes: readonly string[],
): PartitionTable {
  const { header, entries } = table;
  const partitions = Array.from({ length: header.entryCount }, (_, index) => {
    const start = index * header.entrySizeBytes;
    return decodePartition(
      entries.subarray(start, start + header.entrySizeBytes),
      index + 1,
      sectorSizeBytes,
    );
  }).filter((partition) => partition !== undefined);
  return {
    sectorSizeBytes,
    diskGuid: header.diskGuid,
    source,
    firstUsableByte: header.firstUsableLba * sectorSizeBytes,
    usableEndByte: (header.lastUsableLba + 1) * sectorSizeBytes,
    partitions,
    notes: [...notes, ...partitions.flatMap((partition) => partitionNotes(partition, sizeBytes))],
  };
}

function partitionNotes({ number, firstByte, sizeBytes }: Partition, diskBytes: number): readonly string[] {
  const end = firstByte + sizeBytes;
  if (sizeBytes <= 0) return [`partition ${number} ends before it begins`];
  return end > diskBytes
    ? [`partition ${number} ends at byte ${end}, beyond the end at byte ${diskBytes}`]
    : [];
}

function unreadable(
  start: Buffer,
  damaged: Candidate | undefined,
  { name, sizeBytes }: PartitionTableOptions,
): UserError {
  if (damaged?.table.kind === 'damaged') {
    return new UserError('gpt-damaged', 'both copies of the partition table are damaged', {
      seen: `the one at the start: ${damaged.table.reason}; no sound backup at the end`,
      needed: 'a GUID partition table whose checksums are right',
      where: name,
      next: ['write the image again from its source', '`gdisk` may repair a disk that holds data'],
    });
  }
  const { seen, next } = describeStart(start);
  return new UserError('not-gpt', 'this is not a disk with a GUID partition table', {
    seen: `${seen}, ${formatSize(sizeBytes)}`,
    needed: 'a raw disk image or a disk with a GUID partition table (GPT)',
    where: name,
    next: [next],
  });
}
