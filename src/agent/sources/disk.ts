/** Disks that carry a configuration, known by the label of their file system. */
import type { Host } from '../host.ts';
import { onMachine, withScratch } from './scratch.ts';
import { Unreadable } from './unreadable.ts';

/** Only these two are tried: a file system's driver is a large surface for whoever can attach a disk. */
const FILE_SYSTEMS = 'iso9660,vfat';
/** Without `nosymfollow`, a link on the disk could name any file of the machine. */
const OPTIONS = 'ro,nosuid,nodev,noexec,nosymfollow';
const SETTLE_SECONDS = 10;
const MOUNT_TIMEOUT_MS = 15_000;

/**
 * The disk with one of these labels, earlier labels first. While udev still works, it is waited for on machines with
 * more disks than the one they run from; otherwise this costs no process.
 */
export function labelledDisk(host: Host, labels: readonly string[]): string | undefined {
  // There while udev has events in its queue: udevadm(8), settle.
  if (host.kind('/run/udev/queue') !== undefined && hasOtherDisk(host)) {
    host.run(['udevadm', 'settle', `--timeout=${SETTLE_SECONDS}`], {
      timeoutMs: (SETTLE_SECONDS + 2) * 1000,
    });
  }
  return labels.map((label) => `/dev/disk/by-label/${label}`).find((path) => host.kind(path) !== undefined);
}

const BLOCK = '/sys/class/block';
/** Made by the kernel from other disks, from files, or from memory. */
const VIRTUAL = /^(dm-|loop|md|ram|zram)/;

/** Whether there is a disk or drive besides the one that the verified root is read from. */
function hasOtherDisk(host: Host): boolean {
  const names = host.list(BLOCK);
  const below = names
    .filter((name) => name.startsWith('dm-'))
    .flatMap((name) => host.list(`${BLOCK}/${name}/slaves`));
  return names.some((name) => {
    if (VIRTUAL.test(name) || host.kind(`${BLOCK}/${name}/partition`) !== undefined) return false;
    // A partition's folder lies in its disk's.
    return !below.some((part) => part === name || host.kind(`${BLOCK}/${name}/${part}`) !== undefined);
  });
}

/**
 * Mounts a disk read-only for as long as `use` runs, in a folder that nobody but root may enter.
 * @param use Gets the folder.
 * @throws {Unreadable} when it cannot be mounted.
 */
export function withDisk<T>(host: Host, device: string, use: (folder: string) => T): T {
  return withScratch(host, 'disk', (folder) => {
    host.makeFolder(folder);
    const mounted = host.run(
      ['mount', '-t', FILE_SYSTEMS, '-o', OPTIONS, '--', device, onMachine(host, folder)],
      {
        timeoutMs: MOUNT_TIMEOUT_MS,
      },
    );
    if (mounted.exitCode !== 0) {
      throw new Unreadable(
        `cannot be mounted as vfat or iso9660: ${firstLine(mounted.stderr) || `exit code ${mounted.exitCode}`}`,
      );
    }
    try {
      return use(folder);
    } finally {
      const unmounted = host.run(['umount', '--', onMachine(host, folder)], { timeoutMs: MOUNT_TIMEOUT_MS });
      if (unmounted.exitCode !== 0) host.run(['umount', '--lazy', '--', onMachine(host, folder)]);
    }
  });
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
