/** A disk as the installer sees it. */

export type DiskBus = 'nvme' | 'sata' | 'sas' | 'scsi' | 'usb' | 'virtio' | 'mmc' | 'other';

export interface InstallDisk {
  /** Of the device: `nvme0n1`. What a person types before it is erased. */
  readonly name: string;
  /** `/dev/nvme0n1`. */
  readonly path: string;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  /** World Wide Name, as udev writes it: `0x5000c500a0b1c2d3`, `eui.0025385b91b2f3c4`. */
  readonly wwn: string | undefined;
  readonly bus: DiskBus;
  readonly rotational: boolean;
  readonly sizeBytes: number;
  /** Of a logical sector: 512 or 4096. */
  readonly sectorBytes: number;
  readonly contents: DiskContents;
  /** Why nothing can be installed on it: too small, in use, the medium itself. Undefined when it can be chosen. */
  readonly refusal: string | undefined;
  /** It is refused as the medium or as too small, so "the smallest" never means it. Other refusals may hide what was meant. */
  readonly passedOver?: boolean;
}

/** What is on a disk now. */
export interface DiskContents {
  readonly table: 'gpt' | 'dos' | 'other' | undefined;
  readonly partitions: readonly DiskPartitionFound[];
  /** Of the whole disk, besides its partition table: `linux_raid_member`, `LVM2_member`, `zfs_member`, `ext4`. */
  readonly signatures: readonly string[];
  /** It could not be read: what is on it is not known. */
  readonly isUnknown?: boolean;
  /** What of Basalt is on it; undefined when it is no Basalt disk. */
  readonly basalt: BasaltFound | undefined;
}

export interface DiskPartitionFound {
  readonly path: string;
  readonly sizeBytes: number;
  /** Name in the partition table. */
  readonly label: string | undefined;
  /** `ext4`, `vfat`, `linux_raid_member`, `LVM2_member`, `crypto_LUKS`, …; undefined when nothing is known. */
  readonly fileSystem: string | undefined;
  readonly fileSystemLabel: string | undefined;
}

export interface BasaltFound {
  /** Versions in its slots, newest first. */
  readonly versions: readonly string[];
  /** An installation that did not come to its end. */
  readonly interrupted: boolean;
  /** Its version, when the disk tells. */
  readonly interruptedVersion?: string;
  /** There is a /var whose data can be kept. */
  readonly hasVar: boolean;
}
