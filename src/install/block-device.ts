/** A disk's bytes, by their place on it: no partition's device has to be there. */
import { constants, readSync } from 'node:fs';
import { type FileHandle, open, readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ReadBytes } from '../disk/gpt-header.ts';
import { UserError } from '../errors.ts';
import { readAt } from '../inspect/file-reader.ts';

/** sysfs counts sectors of 512 bytes, whatever those of the disk have (Documentation/ABI/stable/sysfs-block). */
const SYSFS_SECTOR_BYTES = 512;

const BUSY_TRIES = 8;
const BUSY_PAUSE_MS = 250;

/** A disk, and how it is divided. */
export interface DiskShape {
  /** In /sys/block: `nvme0n1`. */
  readonly name: string;
  /** `/dev/nvme0n1`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Of a logical sector. */
  readonly sectorBytes: number;
}

/**
 * Finds out about a disk.
 * @param path Its device, or a link to it.
 * @throws {UserError} `no-disk` when it is no whole disk.
 */
export async function diskShape(path: string): Promise<DiskShape> {
  const device = await realpath(path).catch(() => undefined);
  const name = device === undefined ? undefined : basename(device);
  const number = async (attribute: string) => {
    const text = await readFile(`/sys/block/${name}/${attribute}`, 'utf8').catch(() => undefined);
    return text === undefined ? undefined : Number(text.trim());
  };
  const [sectors, sectorBytes] = await Promise.all([number('size'), number('queue/logical_block_size')]);
  if (device === undefined || name === undefined || sectors === undefined || sectorBytes === undefined)
    throw new UserError('no-disk', `${path} is not a disk of this machine`, {
      seen: device === undefined ? 'nothing has this name' : `${device} is not in /sys/block`,
      needed: 'a whole disk, such as /dev/sda or /dev/nvme0n1',
      next: ['see the disks with: basalt install --list'],
    });
  return { name, path: device, sizeBytes: sectors * SYSFS_SECTOR_BYTES, sectorBytes };
}

/** An open disk. */
export interface BlockDevice {
  /** Fewer bytes than asked for where the disk ends. */
  readonly read: ReadBytes;
  /** The same at once, for what is small. */
  readonly readSmall: (offset: number, length: number) => Uint8Array;
  readonly write: (offset: number, bytes: Uint8Array) => Promise<void>;
  /** What was written is on the disk, and not in its cache, when this returns. */
  readonly flush: () => Promise<void>;
}

/**
 * Opens a disk for the time of `work`. `write` claims it for this process alone: the kernel then lets nobody mount it or a
 * partition of it, use it as swap space, or build on it (open(2), `O_EXCL` of block devices).
 * @throws {UserError} `disk-in-use` when somebody has claimed it already.
 */
export async function withDevice<T>(
  path: string,
  mode: 'read' | 'write',
  work: (device: BlockDevice) => Promise<T>,
): Promise<T> {
  const flags = mode === 'read' ? constants.O_RDONLY : constants.O_RDWR | constants.O_EXCL;
  const handle = await openPatiently(path, flags).catch((cause: unknown) => {
    if (!isBusy(cause)) throw cause;
    throw new UserError('disk-in-use', `${path} is in use`, {
      seen: 'the kernel has it open for something else: a mount, swap space, a volume group or a RAID',
      next: ['unmount it, or stop what uses it; lsblk shows what that is'],
      cause,
    });
  });
  try {
    return await work(deviceOf(handle));
  } finally {
    await handle.close();
  }
}

/** Who looks at every disk that changes, such as udev's helpers, may have claimed it for a moment. */
async function openPatiently(path: string, flags: number): Promise<FileHandle> {
  for (let tries = BUSY_TRIES; ; tries -= 1) {
    try {
      return await open(path, flags);
    } catch (error) {
      if (!isBusy(error) || tries <= 1) throw error;
      await setTimeout(BUSY_PAUSE_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EBUSY';
}

function deviceOf(handle: FileHandle): BlockDevice {
  return {
    read: (offset, length) => readAt(handle, offset, length),
    readSmall(offset, length) {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(handle.fd, bytes, 0, length, offset));
    },
    async write(offset, bytes) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
    },
    flush: () => handle.sync(),
  };
}
