/** Which partition the boot loader was started from, and what is mounted where. */
import type { Host } from '../host.ts';

/** The boot loader interface (https://systemd.io/BOOT_LOADER_INTERFACE): systemd-boot says which partition it is on. */
const VARIABLE = '/sys/firmware/efi/efivars/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f';
/** The kernel puts the variable's attributes before its content. */
const ATTRIBUTE_BYTES = 4;

/** @returns The ESP's device; undefined when the machine was started otherwise, as from the network. */
export function bootedPartition(host: Host): string | undefined {
  const bytes = host.readBytes(VARIABLE)?.slice(ATTRIBUTE_BYTES);
  if (bytes === undefined) return undefined;
  // UTF-16 that holds nothing but hexadecimal digits and dashes.
  const text = String.fromCharCode(...bytes.filter((byte) => byte !== 0)).toLowerCase();
  const device = `/dev/disk/by-partuuid/${text}`;
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) && host.kind(device) !== undefined
    ? device
    : undefined;
}

/**
 * @param fileSystem Only when that is mounted there; an automount point alone is `autofs`.
 * @see proc_pid_mountinfo(5): field 5 is the mount point, the file system follows a dash.
 */
export function isMountPoint(host: Host, path: string, fileSystem?: string): boolean {
  return (host.readText('/proc/self/mountinfo') ?? '').split('\n').some((line) => {
    const fields = line.split(' ');
    return (
      fields[4] === path && (fileSystem === undefined || fields[fields.indexOf('-', 6) + 1] === fileSystem)
    );
  });
}
