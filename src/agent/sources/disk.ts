/** Disks that carry a configuration, known by the label of their file system. */
import type { Host } from '../host.ts';
import { onMachine, withScratch } from '../machine/scratch.ts';
import { Unreadable } from '../machine/unreadable.ts';
import { waitForStorage } from './storage.ts';

/** Only these two are tried: a file system's driver is a large surface for whoever can attach a disk. */
const FILE_SYSTEMS = 'iso9660,vfat';
/** Without `nosymfollow`, a link on the disk could name any file of the machine. */
const OPTIONS = 'ro,nosuid,nodev,noexec,nosymfollow';
const MOUNT_TIMEOUT_MS = 15_000;

/** The disk with one of these labels, earlier labels first, when all disks have shown themselves. */
export function labelledDisk(host: Host, labels: readonly string[]): string | undefined {
  const find = () =>
    labels.map((label) => `/dev/disk/by-label/${label}`).find((path) => host.kind(path) !== undefined);
  return waitForStorage(host, () => find() !== undefined) ? find() : undefined;
}

/**
 * Mounts a disk read-only for as long as `use` runs, in a folder that nobody but root may enter.
 * @param use Gets the folder.
 * @param fileSystems Those that are tried.
 * @throws {Unreadable} when it cannot be mounted.
 */
export function withDisk<T>(
  host: Host,
  device: string,
  use: (folder: string) => T,
  fileSystems = FILE_SYSTEMS,
): T {
  return withScratch(host, 'disk', (folder) => {
    host.makeFolder(folder);
    const mounted = host.run(
      ['mount', '-t', fileSystems, '-o', OPTIONS, '--', device, onMachine(host, folder)],
      {
        timeoutMs: MOUNT_TIMEOUT_MS,
      },
    );
    if (mounted.exitCode !== 0) {
      throw new Unreadable(
        `cannot be mounted as ${fileSystems.replace(',', ' or ')}: ${firstLine(mounted.stderr) || `exit code ${mounted.exitCode}`}`,
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
