/**
 * Whether all disks of the machine have shown themselves. At boot, udev works through thousands of devices, and waiting for
 * all of them (udevadm settle) would cost every machine seconds; disks are among the first.
 */
import type { Host } from '../host.ts';

/** Not disks: mapped by the system itself, in memory, or made of others. */
const OTHER_BLOCK_DEVICES = /^(?:dm-|loop|md|nbd|ram|zram)/;
/** SCSI types of disks and of discs: /sys/bus/scsi/devices/…/type. */
const DISK_TYPES = new Set(['0', '5']);

const PAUSE_MS = 50;
const LIMIT_MS = 10_000;

/**
 * Waits until something is there, or until it cannot come any more. On a machine whose disks are known it only looks.
 * @returns Whether it is there.
 */
export function waitForStorage(host: Host, isThere: () => boolean): boolean {
  const endMs = host.monotonicMs() + LIMIT_MS;
  while (!isThere() && !storageIsKnown(host)) {
    if (host.monotonicMs() >= endMs) break;
    // There while udev has events in its queue: udevadm(8), settle.
    if (host.kind('/run/udev/queue') !== undefined) {
      host.sleep(PAUSE_MS);
      continue;
    }
    // Nothing is left to come, or nothing has come yet: settle asks udev itself.
    host.run(['udevadm', 'settle', `--timeout=${LIMIT_MS / 1000}`], { timeoutMs: LIMIT_MS + 2000 });
    break;
  }
  return isThere();
}

/** Every controller has its driver, every disk its block device, and udev has named each of those. */
export function storageIsKnown(host: Host): boolean {
  return controllersAreKnown(host) && scsiDisksAreKnown(host) && blockDevicesAreKnown(host);
}

/** PCI's class 1 is mass storage. */
function controllersAreKnown(host: Host): boolean {
  const folder = '/sys/bus/pci/devices';
  return host
    .list(folder)
    .filter((name) => host.readText(`${folder}/${name}/class`)?.startsWith('0x01'))
    .every((name) => host.kind(`${folder}/${name}/driver`) !== undefined);
}

function scsiDisksAreKnown(host: Host): boolean {
  const folder = '/sys/bus/scsi/devices';
  return host
    .list(folder)
    .filter((name) => DISK_TYPES.has(host.readText(`${folder}/${name}/type`)?.trim() ?? ''))
    .every((name) => host.kind(`${folder}/${name}/block`) !== undefined);
}

/** udev writes a device's data after its links. */
function blockDevicesAreKnown(host: Host): boolean {
  const folder = '/sys/class/block';
  return host
    .list(folder)
    .filter((name) => !OTHER_BLOCK_DEVICES.test(name))
    .every((name) => {
      const numbers = host.readText(`${folder}/${name}/dev`)?.trim();
      return numbers === undefined || host.kind(`/run/udev/data/b${numbers}`) !== undefined;
    });
}
