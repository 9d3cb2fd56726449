/** A machine's disks as QEMU's arguments: block nodes, controllers and drives. */
import { qemuDrivers } from '../formats/disk-file.ts';
import { option } from './option.ts';
import type { Disk, DiskBus, DiskFormat } from './spec.ts';

/** Controllers that must exist before a disk can hang on them. `ahci` is part of the q35 machine. */
const CONTROLLERS: Readonly<Partial<Record<DiskBus, string>>> = {
  'virtio-scsi': 'virtio-scsi-pci',
  megasas: 'megasas-gen2',
  usb: 'qemu-xhci',
};

const DRIVES: Readonly<Record<DiskBus, string>> = {
  virtio: 'virtio-blk-pci',
  nvme: 'nvme',
  ahci: 'ide-hd',
  'virtio-scsi': 'scsi-hd',
  megasas: 'scsi-hd',
  usb: 'usb-storage',
  cdrom: 'ide-cd',
};

/** Builds the arguments for all disks. Pure. */
export function diskArguments(disks: readonly Disk[]): string[] {
  const buses = disks.map((disk) => disk.bus ?? 'virtio');
  const controllers = [...new Set(buses)].flatMap((bus) => {
    const device = CONTROLLERS[bus];
    return device === undefined ? [] : ['-device', option(device, { id: `bus-${bus}` })];
  });
  const ahciPorts = disks.map(
    (_, index) => buses.slice(0, index).filter((bus) => bus === 'ahci' || bus === 'cdrom').length,
  );
  return [
    ...controllers,
    ...disks.flatMap((disk, index) => [
      ...diskNodes(disk, index),
      '-device',
      drive(disk, index, ahciPorts[index] ?? 0),
    ]),
  ];
}

/** The block nodes: file, then format, with the backing image named explicitly, so its header is not believed. */
function diskNodes(disk: Disk, index: number): string[] {
  const readOnly = disk.readOnly ?? disk.bus === 'cdrom';
  const backing = disk.backing;
  return [
    ...(backing === undefined
      ? []
      : blockNode(`base${index}`, backing.path, backing.format, { readOnly: true })),
    ...blockNode(`disk${index}`, disk.path, disk.format, {
      readOnly,
      backing: backing === undefined ? undefined : `base${index}`,
      throwaway: disk.throwaway ?? false,
    }),
    ...(disk.writeLog === undefined ? [] : logNodes(disk.writeLog, index)),
  ];
}

/** A filter above the disk. It is told of each flush, even when the nodes below pass over them. */
function logNodes(path: string, index: number): string[] {
  const [log, disk] = [`log${index}`, `disk${index}`];
  return [
    '-blockdev',
    option('', { driver: 'file', 'node-name': log, filename: path }),
    '-blockdev',
    option('', { driver: 'blklogwrites', 'node-name': loggedNode(index), file: disk, log, discard: 'unmap' }),
  ];
}

function loggedNode(index: number): string {
  return `logged${index}`;
}

/** One image as a pair of `-blockdev`s. */
export function blockNode(
  name: string,
  path: string,
  format: DiskFormat,
  { readOnly, backing, throwaway }: { readOnly: boolean; backing?: string | undefined; throwaway?: boolean },
): string[] {
  const cache = throwaway ? { 'cache.no-flush': true } : {};
  const discard = readOnly ? {} : { discard: 'unmap' };
  return [
    '-blockdev',
    option('', {
      driver: 'file',
      'node-name': `${name}-file`,
      filename: path,
      'read-only': readOnly,
      ...discard,
      ...cache,
    }),
    '-blockdev',
    option('', {
      driver: qemuDrivers[format],
      'node-name': name,
      file: `${name}-file`,
      'read-only': readOnly,
      backing,
      ...discard,
      ...cache,
    }),
  ];
}

function drive(disk: Disk, index: number, ahciPort: number): string {
  const bus = disk.bus ?? 'virtio';
  const onController = CONTROLLERS[bus] === undefined ? undefined : `bus-${bus}.0`;
  return option(DRIVES[bus], {
    drive: disk.writeLog === undefined ? `disk${index}` : loggedNode(index),
    bus: bus === 'ahci' || bus === 'cdrom' ? `ide.${ahciPort}` : onController,
    // NVMe has no default serial number, and refuses to be without one.
    serial: disk.serial ?? (bus === 'nvme' ? `basalt${index}` : undefined),
    logical_block_size: disk.sectorBytes,
    physical_block_size: disk.sectorBytes,
    bootindex: disk.bootIndex,
  });
}
