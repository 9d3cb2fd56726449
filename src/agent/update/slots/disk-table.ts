/** The partition table of a disk in use: read from whichever copy is whole, changed so that one always is. */

import {
  type PartitionEntry,
  type PartitionName,
  partitionsOf,
  readCopy,
  rename,
  type TableCopy,
  writesOf,
} from '../../../disk/table-copy.ts';
import { type Host, HostError } from '../../host.ts';
import { UpdateFailure } from '../failure.ts';
import { readDevice, writeDevice } from './block-device.ts';

export interface DiskTable {
  /** Such as `/dev/vda`. */
  readonly disk: string;
  readonly partitions: readonly PartitionEntry[];
  /** Undefined when its sums are wrong, as after a power cut while it was written. */
  readonly primary: TableCopy | undefined;
  readonly backup: TableCopy | undefined;
}

/** @throws {UpdateFailure} when neither copy is whole. */
export function readDiskTable(host: Host, disk: string): DiskTable {
  const name = disk.slice(disk.lastIndexOf('/') + 1);
  const sectorSizeBytes = numberIn(host, `/sys/class/block/${name}/queue/logical_block_size`);
  // Always in units of 512 bytes: sysfs-block.
  const sectors = (numberIn(host, `/sys/class/block/${name}/size`) * 512) / sectorSizeBytes;
  const read = (offset: number, length: number) => readDevice(host, disk, offset, length);
  const primary = readCopy(read, 1, sectorSizeBytes);
  const backup = readCopy(read, primary?.alternateLba ?? sectors - 1, sectorSizeBytes);
  const whole = primary ?? backup;
  if (whole === undefined)
    throw new UpdateFailure(`${disk}: both copies of the partition table are damaged`, {
      next: 'install the machine again; `gdisk` may repair the table of a disk that holds data',
    });
  return { disk, partitions: partitionsOf(whole), primary, backup };
}

/**
 * Gives partitions other names. The copy at the end of the disk is written and flushed first, then the one at the
 * start: whenever the power goes, one of them is whole, and both have the running version's partitions.
 * @param names By the partition's number.
 * @throws {HostError}
 */
export function renamePartitions(
  host: Host,
  table: DiskTable,
  names: ReadonlyMap<number, PartitionName>,
): DiskTable {
  const whole = table.primary ?? table.backup;
  if (whole === undefined) throw new HostError(`write ${table.disk}`, 'no partition table was read');
  const changed = rename(whole, names);
  const { backup, primary } = writesOf(changed, whole === table.primary ? table.backup : table.primary);
  // Where only the copy at the end is whole, it is the one to keep until the other is.
  const order = table.primary === undefined ? [primary, backup] : [backup, primary];
  for (const writes of order) {
    for (const { offset, bytes } of writes) writeDevice(host, table.disk, offset, bytes);
  }
  return readDiskTable(host, table.disk);
}

/** Makes both copies whole and the same, when they are not. @returns Whether anything was written. @throws {HostError} */
export function repairTable(host: Host, table: DiskTable): boolean {
  if (table.primary !== undefined && table.backup !== undefined && sameEntries(table.primary, table.backup))
    return false;
  renamePartitions(host, table, new Map());
  return true;
}

function sameEntries(left: TableCopy, right: TableCopy): boolean {
  return left.entries.every((byte, index) => byte === right.entries[index]);
}

function numberIn(host: Host, path: string): number {
  const number = Number(host.readText(path)?.trim());
  if (!Number.isInteger(number) || number <= 0) throw new HostError(`read ${path}`, 'it has no number');
  return number;
}
