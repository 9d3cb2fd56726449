/** Makes a disk forget what was on it. */
import type { Partition } from '../../disk/partition.ts';
import { InterruptedError } from '../../errors.ts';
import { MIB } from '../../units.ts';
import { type BlockDevice, type DiskShape, withDevice } from '../block-device.ts';
import type { InstallContext } from '../context.ts';

/**
 * So much is zeroed at the start and the end of the disk and of each partition. ZFS has labels in the first and last
 * 512 KiB (zpool's vdev_label.c), mdraid within the last 128 KiB or the first 8 KiB (md(4)), firmware RAIDs in the last
 * sectors, LVM and file systems at the start; a table for other sectors than the disk's has its copy there, too.
 */
const EDGE_BYTES = 1 * MIB;

/**
 * Zeroes the edges, those of the disk first: from then on nothing that was on it starts, and nothing is found by its
 * signature later. What is left elsewhere, wipefs(8) knows.
 * @param partitions That the disk has had.
 */
export async function wipeDisk(
  { programs, signal }: InstallContext,
  shape: DiskShape,
  partitions: readonly Partition[],
): Promise<void> {
  await withDevice(shape.path, 'write', async (device) => {
    await zeroEdges(device, { firstByte: 0, sizeBytes: shape.sizeBytes });
    await device.flush();
    for (const partition of partitions) {
      if (signal.aborted) throw new InterruptedError();
      await zeroEdges(device, partition);
    }
    await device.flush();
  });
  await programs(['wipefs', '--all', '--quiet', shape.path], { signal });
}

async function zeroEdges(
  device: BlockDevice,
  { firstByte, sizeBytes }: Pick<Partition, 'firstByte' | 'sizeBytes'>,
): Promise<void> {
  const zeros = new Uint8Array(Math.min(EDGE_BYTES, sizeBytes));
  await device.write(firstByte, zeros);
  if (sizeBytes > zeros.length) await device.write(firstByte + sizeBytes - zeros.length, zeros);
}
