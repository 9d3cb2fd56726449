/** What is on a disk now: its table, what its partitions hold, Basalt. */
import { access } from 'node:fs/promises';
import type { Partition } from '../../disk/partition.ts';
import { type BlockDevice, type DiskShape, withDevice } from '../block-device.ts';
import type { DiskContents, DiskPartitionFound } from '../disk.ts';
import type { Programs } from '../programs.ts';
import { type BasaltLayout, foundOf, partitionsOn, readLayout } from './layout.ts';
import { partitionPath } from './partition-path.ts';
import { type Signatures, signaturesOf } from './signatures.ts';

export interface DiskReading {
  readonly contents: DiskContents;
  readonly partitions: readonly Partition[];
  readonly layout: BasaltLayout | undefined;
  /** Label of a file system on the whole disk: an ISO's volume. */
  readonly label: string | undefined;
}

/** Reads what is on a disk. Nothing is written, and nothing mounted. */
export async function readContents(
  programs: Programs,
  shape: DiskShape,
  signal: AbortSignal,
): Promise<DiskReading> {
  const whole = await signaturesOf(programs, shape.path, signal);
  const { partitions, layout } = await withDevice(shape.path, 'read', (device) => read(device, shape));
  const found: DiskPartitionFound[] = [];
  for (const partition of partitions ?? []) found.push(await describe(programs, shape, partition, signal));
  return {
    partitions: partitions ?? [],
    layout,
    label: whole.label,
    contents: {
      table: tableOf(whole, partitions),
      partitions: found,
      signatures: whole.types,
      basalt: layout && foundOf(layout),
    },
  };
}

async function read(device: BlockDevice, shape: DiskShape) {
  const partitions = await partitionsOn(device.read, shape);
  return { partitions, layout: partitions && (await readLayout(device.read, partitions)) };
}

function tableOf({ table }: Signatures, partitions: readonly Partition[] | undefined): DiskContents['table'] {
  if (partitions !== undefined || table === 'gpt') return 'gpt';
  if (table === undefined) return undefined;
  return table === 'dos' ? 'dos' : 'other';
}

async function describe(
  programs: Programs,
  disk: DiskShape,
  partition: Partition,
  signal: AbortSignal,
): Promise<DiskPartitionFound> {
  const path = partitionPath(disk.path, partition.number);
  const inside = await signaturesOf(programs, disk.path, signal, partition);
  // Where the kernel has the partition, wipefs can look at it too.
  const more = (await exists(path)) ? (await signaturesOf(programs, path, signal)).types : [];
  return {
    path,
    sizeBytes: partition.sizeBytes,
    label: partition.label === '' ? undefined : partition.label,
    fileSystem: inside.types[0] ?? more[0],
    fileSystemLabel: inside.label,
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
