/** A file on the EFI system partition, which the installer writes: docs/sources/esp.md. */
import type { Host } from '../host.ts';
import { withDisk } from './disk.ts';
import { noMetadata } from './metadata.ts';
import { readBounded, USER_DATA_MAXIMUM_BYTES } from './size.ts';
import type { Source } from './source.ts';
import { reading } from './unreadable.ts';
import { userDataText } from './user-data.ts';

/** systemd-gpt-auto-generator(8) mounts the ESP there when someone looks. */
const MOUNT_POINT = '/boot';
const FILE = 'basalt/cloud-config.yaml';
/** What it would mount, by the generator. */
const UNIT = '/run/systemd/generator.late/boot.mount';

export const esp: Source = {
  name: 'esp',
  // The automount point is there before anyone looks; a machine from the network has none.
  isHere: (host) => mounts(host).length > 0,
  read: (host) =>
    reading('esp', `${MOUNT_POINT}/${FILE}`, () => {
      const device = unmountedDevice(host);
      const userData =
        device === undefined
          ? readFrom(host, MOUNT_POINT)
          : withDisk(host, device, (folder) => readFrom(host, folder));
      return userData === undefined
        ? undefined
        : { source: 'esp', where: `${MOUNT_POINT}/${FILE}`, userData, metadata: noMetadata };
    }),
};

function readFrom(host: Host, folder: string): string | undefined {
  return userDataText(host, readBounded(host, `${folder}/${FILE}`, USER_DATA_MAXIMUM_BYTES));
}

/**
 * The ESP's device, while systemd has not mounted it: looking at the automount point would check the whole file system
 * before, for one file that is read.
 */
function unmountedDevice(host: Host): string | undefined {
  if (mounts(host).some((type) => type !== 'autofs')) return undefined;
  return /^What=(\/dev\/\S+)$/m.exec(host.readText(UNIT) ?? '')?.[1];
}

/** Types of what is mounted there: field 5, and the one after the hyphen, of proc_pid_mountinfo(5). */
function mounts(host: Host): string[] {
  return (host.readText('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => {
    const fields = line.split(' ');
    return fields[4] === MOUNT_POINT ? [fields[fields.indexOf('-') + 1] ?? ''] : [];
  });
}
