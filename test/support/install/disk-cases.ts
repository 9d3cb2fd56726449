/** The disks that a live system is given at once: controllers, sectors, sizes, and what was on them before. */
import { copyFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Disk, DiskBus } from '../../../src/machine/spec.ts';
import type { Toolbox } from '../../../src/tools/toolbox.ts';
import { GIB, MIB } from '../../../src/units.ts';
import { leave, lvmLabel, raidSuperblock, zfsLabels } from './old-traces.ts';

/** Of LVM physical volumes: partition type GUID of Linux, as fdisk(8) lists it. */
const LVM_TYPE = 'e6d6d379-f507-44c2-a23c-238f2a3df928';

export interface DiskCase {
  /** The disk's serial number, and the host name of the machine that it becomes. */
  readonly name: string;
  readonly bus: DiskBus;
  readonly sectorBytes?: 512 | 4096;
  readonly sizeBytes: number;
  /** What the installer calls its bus. */
  readonly shownBus: string;
  /** What the installer finds on it: file systems of the whole disk, or of its partitions. */
  readonly before: readonly string[];
  /** Puts it there. */
  readonly prepare?: (toolbox: Toolbox, path: string) => Promise<void>;
  /** How it is booted alone, where OVMF has no driver for its controller. */
  readonly bootBus?: DiskBus;
  /** It gets an entry in the firmware. */
  readonly bootEntry?: boolean;
}

/** Installed to, in this order. No two sizes are the same. */
export const diskCases: readonly DiskCase[] = [
  { name: 'virtio512', bus: 'virtio', sizeBytes: 8 * GIB, shownBus: 'virtio', before: [] },
  {
    name: 'virtio4096',
    bus: 'virtio',
    sectorBytes: 4096,
    sizeBytes: 12 * GIB,
    shownBus: 'virtio',
    before: [],
  },
  {
    name: 'nvme4096',
    bus: 'nvme',
    sectorBytes: 4096,
    sizeBytes: 4096 * GIB,
    shownBus: 'nvme',
    before: [],
    bootEntry: true,
  },
  {
    name: 'ahci-gpt',
    bus: 'ahci',
    sizeBytes: 20 * GIB,
    shownBus: 'sata',
    before: ['ext4', 'LVM2_member'],
    prepare: oldTable,
  },
  {
    name: 'megasas-lvm',
    bus: 'megasas',
    sizeBytes: 16 * GIB,
    shownBus: 'scsi',
    before: ['LVM2_member'],
    prepare: (_, path) => leave({ path, file: path }, [lvmLabel()]),
    bootBus: 'virtio-scsi',
  },
  {
    name: 'scsi-mdraid',
    bus: 'virtio-scsi',
    sizeBytes: 17 * GIB,
    shownBus: 'scsi',
    before: ['linux_raid_member'],
    prepare: (_, path) => leave({ path, file: path }, [raidSuperblock('1.0', 17 * GIB)]),
  },
  {
    name: 'scsi-zfs',
    bus: 'virtio-scsi',
    sizeBytes: 18 * GIB,
    shownBus: 'scsi',
    before: ['zfs_member'],
    prepare: (_, path) => leave({ path, file: path }, zfsLabels(18 * GIB)),
  },
];

/** Too small by some hundred MiB for an image whose partitions have their usual sizes. */
export const tooSmall: DiskCase = {
  name: 'too-small',
  bus: 'virtio',
  sizeBytes: 1 * GIB,
  shownBus: 'virtio',
  before: [],
};

/** What the machine is said to have been started from: as large as any stick, so that only the medium's name refuses it. */
export const stick: Omit<DiskCase, 'before'> = {
  name: 'stick',
  bus: 'usb',
  sizeBytes: 32 * GIB,
  shownBus: 'usb',
};

export function diskPath(folder: string, { name }: Pick<DiskCase, 'name'>): string {
  return join(folder, `${name}.raw`);
}

/** @param content Copied to its beginning. */
export async function makeDisk(
  toolbox: Toolbox,
  folder: string,
  disk: Pick<DiskCase, 'name' | 'sizeBytes' | 'prepare'>,
  content?: string,
): Promise<void> {
  const path = diskPath(folder, disk);
  await rm(path, { force: true });
  if (content !== undefined) await copyFile(content, path);
  const handle = await open(path, 'a');
  await handle.truncate(disk.sizeBytes);
  await handle.close();
  await disk.prepare?.(toolbox, path);
}

/** As a machine gets it. */
export function attached(folder: string, disk: Omit<DiskCase, 'before'>): Disk {
  return {
    path: diskPath(folder, disk),
    format: 'raw',
    bus: disk.bus,
    serial: disk.name,
    throwaway: true,
    ...(disk.sectorBytes === undefined ? {} : { sectorBytes: disk.sectorBytes }),
  };
}

/** A table of another system, with a root file system and a volume group. */
async function oldTable(toolbox: Toolbox, path: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-old-table-'));
  try {
    const root = 'Type=linux-generic\nLabel=old-root\nFormat=ext4\nSizeMinBytes=8G\nSizeMaxBytes=8G\n';
    await writeFile(join(folder, '1.conf'), `[Partition]\n${root}`);
    await writeFile(join(folder, '2.conf'), `[Partition]\nType=${LVM_TYPE}\nLabel=old-data\n`);
    const binds = [
      { source: dirname(path), target: '/run/disks', writable: true },
      { source: folder, target: '/run/definitions' },
    ];
    await toolbox.run(
      [
        'systemd-repart',
        '--empty=require',
        '--dry-run=no',
        '--offline=yes',
        '--definitions=/run/definitions',
        `/run/disks/${basename(path)}`,
      ],
      { binds, env: { SYSTEMD_REPART_MKFS_OPTIONS_EXT4: '-E lazy_itable_init=1' } },
    );
    await leave({ path, file: path }, [lvmLabel()], 8 * GIB + MIB);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
