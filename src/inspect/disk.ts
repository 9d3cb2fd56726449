/** Reads a disk image: its partition table, what the partitions hold, its UKIs and slots. */
import { join } from 'node:path';
import { readPartitionTable } from '../disk/gpt.ts';
import type { ReadBytes } from '../disk/gpt-header.ts';
import type { Partition } from '../disk/partition.ts';
import { partitionTypeOf, partitionTypes } from '../disk/partition-types.ts';
import { ToolError } from '../errors.ts';
import type { DiskFileFormat } from '../formats/disk-file.ts';
import { convertToRaw } from '../tools/qemu-img.ts';
import type { DiskPartition } from './disk-partition.ts';
import { type EspUki, readEsp } from './esp.ts';
import { withFile } from './file-reader.ts';
import { recognise } from './file-system.ts';
import { type Slot, slotsOf } from './slots.ts';
import { type Workshop, withFolder } from './workshop.ts';

/** What is on a disk. */
export interface DiskReading {
  readonly sizeBytes: number;
  readonly sectorSizeBytes: number;
  readonly diskGuid: string;
  readonly firstUsableByte: number;
  readonly usableEndByte: number;
  /** What is not as it should be in the partition table. */
  readonly notes: readonly string[];
  readonly partitions: readonly DiskPartition[];
  readonly ukis: readonly EspUki[];
  /** Why the ESP could not be read. */
  readonly espProblem: string | undefined;
  readonly slots: readonly Slot[];
}

/** Gives `work` the path of the disk as raw bytes: the file itself, or an image of another format converted for so long. */
export async function withRawDisk<T>(
  workshop: Workshop,
  disk: { readonly path: string; readonly format: DiskFileFormat },
  work: (path: string) => Promise<T>,
): Promise<T> {
  if (disk.format === 'raw') return work(disk.path);
  return withFolder(workshop, async (folder) => {
    const target = { folder, name: 'disk.raw' };
    await convertToRaw(await workshop.toolbox(), disk, target, workshop.signal);
    return work(join(folder, target.name));
  });
}

/**
 * Reads a raw disk.
 * @param name For errors: the file as the user named it.
 * @throws {UserError} `not-gpt` or `gpt-damaged` when there is no partition table to go by.
 */
export async function readDisk(workshop: Workshop, path: string, name: string): Promise<DiskReading> {
  const { table, partitions, sizeBytes } = await withFile(path, async (file) => {
    const found = await readPartitionTable(file.read, { name, sizeBytes: file.sizeBytes });
    const described = await Promise.all(
      found.partitions.map(async (partition) => ({
        ...partition,
        type: partitionTypeOf(partition.typeGuid)?.name ?? partition.typeGuid,
        content: await recognise(within(file.read, partition)),
      })),
    );
    return { table: found, partitions: described, sizeBytes: file.sizeBytes };
  });
  const esp = partitions.find(({ typeGuid }) => typeGuid === partitionTypes.esp.guid);
  const { ukis, problem } =
    esp === undefined
      ? { ukis: [], problem: 'there is no EFI system partition' }
      : await readUkis(workshop, path, esp);
  const { sectorSizeBytes, diskGuid, firstUsableByte, usableEndByte, notes } = table;
  return {
    sizeBytes,
    sectorSizeBytes,
    diskGuid,
    firstUsableByte,
    usableEndByte,
    notes,
    partitions,
    ukis,
    espProblem: problem,
    slots: slotsOf(partitions, ukis),
  };
}

async function readUkis(
  workshop: Workshop,
  disk: string,
  { firstByte }: Partition,
): Promise<{ ukis: readonly EspUki[]; problem: string | undefined }> {
  try {
    return { ukis: await readEsp(workshop, { disk, offset: firstByte }), problem: undefined };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { ukis: [], problem: `${error.message}: ${error.stderrTail}` };
  }
}

/** Reads from a partition's start, and not past its end. */
function within(read: ReadBytes, { firstByte, sizeBytes }: Partition): ReadBytes {
  return (offset, length) => read(firstByte + offset, Math.max(0, Math.min(length, sizeBytes - offset)));
}
