/** A file on the EFI system partition, which the installer writes: docs/sources/esp.md. */
import { noMetadata } from './metadata.ts';
import { readBounded, USER_DATA_MAXIMUM_BYTES } from './size.ts';
import type { Source } from './source.ts';
import { reading } from './unreadable.ts';
import { userDataText } from './user-data.ts';

/** systemd-gpt-auto-generator(8) mounts the ESP there when someone looks. */
const MOUNT_POINT = '/boot';
const FILE = `${MOUNT_POINT}/basalt/cloud-config.yaml`;

export const esp: Source = {
  name: 'esp',
  // Field 5 of proc_pid_mountinfo(5): the automount point is there before anyone looks; a machine from the network has none.
  isHere: (host) =>
    (host.readText('/proc/self/mountinfo') ?? '')
      .split('\n')
      .some((line) => line.split(' ')[4] === MOUNT_POINT),
  read: (host) =>
    reading('esp', FILE, () => {
      const userData = userDataText(host, readBounded(host, FILE, USER_DATA_MAXIMUM_BYTES));
      return userData === undefined
        ? undefined
        : { source: 'esp', where: FILE, userData, metadata: noMetadata };
    }),
};
