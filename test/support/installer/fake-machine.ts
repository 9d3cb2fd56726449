/** A made-up PowerEdge with disks of every kind that the installer meets. */
import type { DiskContents, InstallDisk } from '../../../src/install/disk.ts';
import type { Machine } from '../../../src/install/machine.ts';
import type { InstallerFacts } from '../../../src/tui/install/port.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export const dell: Machine = {
  firmware: 'uefi',
  vendor: 'Dell Inc.',
  model: 'PowerEdge R650xs',
  serial: '7XK2QN3',
  processor: 'Intel Xeon Gold 6338N @ 2.20GHz',
  processors: 64,
  memoryBytes: 256 * GIB,
  tpm: '2.0',
  secureBoot: 'off',
  cards: [
    {
      name: 'eno8303',
      mac: 'b4:45:06:12:00:08',
      driver: 'tg3',
      link: 'up',
      megabitsPerSecond: 1000,
      addresses: ['10.0.0.57/24'],
    },
    {
      name: 'eno8403',
      mac: 'b4:45:06:12:00:09',
      driver: 'tg3',
      link: 'down',
      megabitsPerSecond: undefined,
      addresses: [],
    },
    {
      name: 'eno12399np0',
      mac: 'b4:45:06:12:00:0a',
      driver: 'bnxt_en',
      link: 'up',
      megabitsPerSecond: 25_000,
      addresses: [],
    },
    {
      name: 'eno12409np1',
      mac: 'b4:45:06:12:00:0b',
      driver: 'bnxt_en',
      link: 'up',
      megabitsPerSecond: 25_000,
      addresses: [],
    },
  ],
};

const empty: DiskContents = { table: undefined, partitions: [], signatures: [], basalt: undefined };

const disk = (name: string, rest: Partial<InstallDisk>): InstallDisk => ({
  name,
  path: `/dev/${name}`,
  model: undefined,
  serial: undefined,
  wwn: undefined,
  bus: 'sas',
  rotational: false,
  sizeBytes: 0,
  sectorBytes: 512,
  contents: empty,
  refusal: undefined,
  ...rest,
});

const partition = (
  path: string,
  sizeBytes: number,
  fileSystem: string | undefined,
  label?: string,
  own?: string,
) => ({
  path: `/dev/${path}`,
  sizeBytes,
  label,
  fileSystem,
  fileSystemLabel: own,
});

export const dellDisks: readonly InstallDisk[] = [
  disk('nvme0n1', {
    model: 'Dell Ent NVMe P5600 MU U.2 1.6TB',
    serial: 'PHLN210500AB1P9X',
    wwn: 'eui.01000000000000005cd2e4a1b2c35151',
    bus: 'nvme',
    sizeBytes: 1_600_321_314_816,
    sectorBytes: 4096,
  }),
  disk('sda', {
    model: 'PERC H755 Front',
    serial: '00a1b2c3d4e5f60718293a4b',
    wwn: '0x6d0946600a1b2c3d4e5f60718293a4b0',
    sizeBytes: 479_559_942_144,
    contents: {
      table: 'gpt',
      signatures: [],
      basalt: { versions: ['1.2.0', '1.1.0'], interrupted: false, hasVar: true },
      partitions: [
        partition('sda1', 512 * MIB, 'vfat', 'esp', 'ESP'),
        partition('sda2', 32 * MIB, 'DM_verity_hash', 'verity_1.1.0'),
        partition('sda3', 2 * GIB, 'squashfs', 'root_1.1.0'),
        partition('sda4', 32 * MIB, 'DM_verity_hash', 'verity_1.2.0'),
        partition('sda5', 2 * GIB, 'squashfs', 'root_1.2.0'),
        partition('sda6', 442 * GIB, 'ext4', 'var', 'var'),
      ],
    },
  }),
  disk('sdb', {
    model: 'ST2000NX0433',
    serial: 'W461ABCD',
    wwn: '0x5000c500a0b1c2d3',
    rotational: true,
    sizeBytes: 2_000_398_934_016,
    contents: {
      table: 'gpt',
      signatures: [],
      basalt: undefined,
      partitions: [
        partition('sdb1', GIB, 'vfat', 'EFI System Partition', 'EFI'),
        partition('sdb2', 2 * GIB, 'ext4', undefined, 'boot'),
        partition('sdb3', 1860 * GIB, 'LVM2_member', undefined),
      ],
    },
  }),
  disk('sdc', {
    model: 'ST2000NX0433',
    serial: 'W461ABCE',
    wwn: '0x5000c500a0b1c2d7',
    rotational: true,
    sizeBytes: 2_000_398_934_016,
    contents: { ...empty, signatures: ['linux_raid_member'] },
  }),
  disk('sdd', {
    model: 'ST2000NX0433',
    serial: 'W461ABCF',
    wwn: '0x5000c500a0b1c2db',
    rotational: true,
    sizeBytes: 2_000_398_934_016,
    contents: {
      table: 'gpt',
      signatures: [],
      basalt: { versions: [], interrupted: true, hasVar: false },
      partitions: [
        partition('sdd1', 512 * MIB, 'vfat', 'esp', 'ESP'),
        partition('sdd2', 32 * MIB, undefined, '_empty'),
      ],
    },
  }),
  disk('sde', {
    model: 'Virtual CD',
    serial: undefined,
    bus: 'usb',
    sizeBytes: 900 * MIB,
    refusal: 'this system was started from it',
  }),
  disk('sdf', {
    model: 'Cruzer Blade',
    serial: '4C530001',
    bus: 'usb',
    sizeBytes: 2 * GIB,
    contents: {
      ...empty,
      table: 'dos',
      partitions: [partition('sdf1', 2 * GIB, 'vfat', undefined, 'BACKUP')],
    },
    refusal: 'too small: it has 2 GiB, and 5.5 GiB are needed',
  }),
];

/** What is known of the image; templates are read by who needs them. */
export const dellFacts: Omit<InstallerFacts, 'templates'> = {
  image: { name: 'dell', version: '1.3.0' },
  machine: dell,
  layout: [
    { label: 'esp', sizeBytes: 512 * MIB, fileSystem: 'vfat', purpose: 'boot loader, kernel, configuration' },
    { label: 'verity_1.3.0', sizeBytes: 32 * MIB, fileSystem: undefined, purpose: 'hashes of the system' },
    { label: 'root_1.3.0', sizeBytes: 2 * GIB, fileSystem: undefined, purpose: 'the system, read-only' },
    { label: '_empty', sizeBytes: 32 * MIB, fileSystem: undefined, purpose: 'for the next update' },
    { label: '_empty', sizeBytes: 2 * GIB, fileSystem: undefined, purpose: 'for the next update' },
    { label: 'var', sizeBytes: undefined, fileSystem: 'ext4', purpose: 'data, and all that changes' },
  ],
  needsUefi: true,
  isLive: true,
};
