/** Disks in words. */
import type { DiskPartitionFound, InstallDisk } from '../../install/disk.ts';
import { formatSize } from '../../units.ts';
import { left, right } from '../cells.ts';

/** How buses are called. */
const BUSES: Readonly<Record<InstallDisk['bus'], string>> = {
  nvme: 'NVMe',
  sata: 'SATA',
  sas: 'SAS',
  scsi: 'SCSI',
  usb: 'USB',
  virtio: 'virtio',
  mmc: 'MMC',
  other: 'other',
};

/** A bus as people write it. */
export function busText({ bus }: Pick<InstallDisk, 'bus'>): string {
  return BUSES[bus];
}

/** What is on a disk, in a few words. */
export function contentsText({ contents }: InstallDisk): string {
  const { basalt, partitions, signatures, table } = contents;
  if (contents.isUnknown) return 'cannot be read';
  if (basalt !== undefined) {
    if (basalt.interrupted) return 'Basalt, not complete';
    return `Basalt ${basalt.versions.join(', ')}`.trimEnd();
  }
  const known = [...new Set([...signatures, ...partitions.flatMap(({ fileSystem }) => fileSystem ?? [])])];
  const names = known.map(fileSystemText).join(', ');
  if (partitions.length > 0) {
    const count = partitions.length === 1 ? '1 partition' : `${partitions.length} partitions`;
    return names === '' ? count : `${count}: ${names}`;
  }
  if (names !== '') return names;
  return table === undefined ? 'empty' : 'no partitions';
}

/** The names of blkid(8) in the field's words. */
export function fileSystemText(name: string): string {
  const words: Readonly<Record<string, string>> = {
    linux_raid_member: 'RAID member',
    isw_raid_member: 'RAID member',
    ddf_raid_member: 'RAID member',
    LVM2_member: 'LVM',
    zfs_member: 'ZFS',
    crypto_LUKS: 'LUKS',
    DM_verity_hash: 'verity',
  };
  return words[name] ?? name;
}

/** A partition in one line: name, size, file system, labels. */
export function partitionText({
  path,
  sizeBytes,
  fileSystem,
  label,
  fileSystemLabel,
}: DiskPartitionFound): string {
  const names = [label, fileSystemLabel].filter((name, index, all) => name && all.indexOf(name) === index);
  return [
    left(path.replace(/^\/dev\//, ''), 12),
    right(formatSize(sizeBytes), 10),
    '  ',
    left(fileSystem === undefined ? '' : fileSystemText(fileSystem), 12),
    names.join(', '),
  ]
    .join('')
    .trimEnd();
}
