/**
 * Work inside a file system of the disk, in one process with a mount namespace of its own: when it ends, however it ends,
 * nothing is mounted any more. Killing the installer kills it too.
 */
import { access } from 'node:fs/promises';
import { partitionPath } from './disks/partition-path.ts';
import type { ProgramOptions, Programs } from './programs.ts';

/** A partition, by its place: its device may be missing. */
export interface PartitionPlace {
  /** `/dev/sda`. */
  readonly disk: string;
  readonly number: number;
  readonly firstByte: number;
  readonly sizeBytes: number;
}

/** The script gets what it works on as its arguments, in the file system's root. */
const SCRIPT = `
mkdir -p /run/basalt/install
mount -t "$1" -o "$2" "$3" /run/basalt/install
cd /run/basalt/install
script=$4
shift 4
eval "$script"
cd /
sync --file-system /run/basalt/install
umount /run/basalt/install
`;

export interface MountedWork {
  readonly place: PartitionPlace;
  readonly fileSystem: string;
  readonly readOnly?: boolean;
  /** A POSIX shell's, run with -eu. */
  readonly script: string;
  readonly args: readonly string[];
}

/**
 * Mounts, runs the script, brings everything to the disk, unmounts.
 * @returns What the script wrote to its output.
 * @throws {ToolError} when any of it fails.
 */
export async function runMounted(
  programs: Programs,
  { place, fileSystem, readOnly = false, script, args }: MountedWork,
  options: ProgramOptions,
): Promise<string> {
  const device = partitionPath(place.disk, place.number);
  const isThere = await access(device).then(
    () => true,
    () => false,
  );
  const mountOptions = [
    readOnly ? 'ro' : 'rw',
    'nodev,nosuid,noexec',
    // Where the kernel does not know the partition, a loop device stands for it.
    ...(isThere ? [] : [`loop,offset=${place.firstByte},sizelimit=${place.sizeBytes}`]),
  ].join(',');
  const { stdout } = await programs(
    [
      'unshare',
      '--mount',
      '--propagation=private',
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      '-euc',
      SCRIPT,
      'sh',
      fileSystem,
      mountOptions,
      isThere ? device : place.disk,
      script,
      ...args,
    ],
    { tool: 'mount', ...options },
  );
  return stdout;
}
