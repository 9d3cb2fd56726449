/** Names in the partition table of the disk that is installed to, changed in one write. */
import { type PartitionName, readCopy, rename, type TableCopy, writesOf } from '../disk/table-copy.ts';
import { UserError } from '../errors.ts';
import { type DiskShape, withDevice } from './block-device.ts';

/**
 * Gives partitions other labels and UUIDs. The copy of the table at the disk's end is written and flushed first, then the
 * one at its start: at any moment one of them is whole, with the old names or the new ones.
 * @param names By the partition's number.
 * @throws {UserError} `gpt-damaged` when neither copy can be trusted.
 */
export async function renamePartitions(
  { path, sizeBytes, sectorBytes }: DiskShape,
  names: ReadonlyMap<number, PartitionName>,
): Promise<void> {
  await withDevice(path, 'write', async (device) => {
    const copyAt = (lba: number) => readCopy(device.readSmall, lba, sectorBytes);
    const primary = copyAt(1);
    const backup = copyAt(primary?.alternateLba ?? sizeBytes / sectorBytes - 1);
    const whole = primary ?? backup;
    if (whole === undefined)
      throw new UserError('gpt-damaged', 'both copies of the partition table are damaged', {
        where: path,
        next: ['install again without keeping /var; `gdisk` may repair the table of a disk that holds data'],
      });
    const { primary: start, backup: end } = writesOf(
      rename(whole, names),
      whole === primary ? backup : primary,
    );
    for (const writes of orderOf(primary, start, end)) {
      for (const { offset, bytes } of writes) await device.write(offset, bytes);
      await device.flush();
    }
  });
}

/** Where only the copy at the end is whole, it is kept until the other one is. */
function orderOf<T>(primary: TableCopy | undefined, start: T, end: T): readonly [T, T] {
  return primary === undefined ? [start, end] : [end, start];
}
