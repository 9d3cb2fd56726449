/** A file on the EFI system partition, which the installer writes: docs/sources/esp.md. */
import type { Host } from '../host.ts';
import { readBounded } from '../machine/bounded.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { withDisk } from './disk.ts';
import { bootedPartition, isMountPoint } from './esp-partition.ts';
import { noMetadata } from './metadata.ts';
import { reading } from './reading.ts';
import { USER_DATA_MAXIMUM_BYTES } from './size.ts';
import type { Source } from './source.ts';
import { userDataText } from './user-data.ts';

/** systemd-gpt-auto-generator(8) mounts the ESP there when someone looks. */
const MOUNT_POINT = '/boot';
const NAME = 'basalt/cloud-config.yaml';
const FILE = `${MOUNT_POINT}/${NAME}`;

export const esp: Source = {
  name: 'esp',
  isHere: (host) => bootedPartition(host) !== undefined || isMountPoint(host, MOUNT_POINT),
  read: (host) =>
    reading('esp', FILE, () => {
      const userData = userDataText(host, readFile(host));
      return userData === undefined
        ? undefined
        : { source: 'esp', where: FILE, userData, metadata: noMetadata };
    }),
};

/**
 * A look of our own takes some milliseconds; systemd's automount checks the file system first, and stays mounted for minutes.
 * While it is mounted, a second mount that is read-only is refused, so that one is read.
 */
function readFile(host: Host): Uint8Array | undefined {
  const device = bootedPartition(host);
  if (device !== undefined && !isMountPoint(host, MOUNT_POINT, 'vfat')) {
    try {
      return withDisk(
        host,
        device,
        (folder) => readBounded(host, `${folder}/${NAME}`, USER_DATA_MAXIMUM_BYTES),
        'vfat',
      );
    } catch (error) {
      if (!(error instanceof Unreadable) || !isMountPoint(host, MOUNT_POINT)) throw error;
      host.log('info', `esp: ${device}: ${error.reason}; looking at ${MOUNT_POINT}`);
    }
  }
  return readBounded(host, FILE, USER_DATA_MAXIMUM_BYTES);
}
