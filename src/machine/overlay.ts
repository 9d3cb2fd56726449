/** Disks that can be written without touching the image they come from. */
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { ReadBytes } from '../disk/gpt-header.ts';
import { messageOf, UserError } from '../errors.ts';
import { diskBytesOf, qemuDrivers } from '../formats/disk-file.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { formatSize } from '../units.ts';
import type { Disk, DiskFormat } from './spec.ts';

export interface OverlayOptions {
  readonly image: string;
  readonly format: DiskFormat;
  /** The new qcow2 file, in a folder that exists. */
  readonly overlay: string;
  /** Grows the disk to this size; the image's own size when absent. */
  readonly sizeBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a qcow2 overlay: what the machine writes goes there, the image is only read.
 * @returns The disk, ready for a machine's description.
 * @throws {UserError} when the wanted size is smaller than the image.
 */
export async function makeOverlay(toolbox: Toolbox, options: OverlayOptions): Promise<Disk> {
  const { image, format, overlay, signal } = options;
  const imageBytes = await diskSize(image, format);
  const sizeBytes = options.sizeBytes ?? imageBytes;
  if (sizeBytes < imageBytes) {
    throw new UserError('disk-too-small', 'the disk would be smaller than the image', {
      seen: `a disk of ${formatSize(sizeBytes)}`,
      needed: `at least ${formatSize(imageBytes)}`,
      where: image,
    });
  }
  // The image is not opened (-u): the machine names it explicitly, by its path in the sandbox.
  await toolbox.run(
    [
      'qemu-img',
      'create',
      '-q',
      '-f',
      'qcow2',
      '-u',
      '-F',
      qemuDrivers[format],
      '-b',
      image,
      `/run/overlay/${basename(overlay)}`,
      String(sizeBytes),
    ],
    { binds: [{ source: dirname(overlay), target: '/run/overlay', writable: true }], signal },
  );
  return { path: overlay, format: 'qcow2', backing: { path: image, format }, throwaway: true };
}

/**
 * The disk size a guest sees in an image, in bytes.
 * @throws {UserError} when the image is not of this format.
 */
export async function diskSize(image: string, format: DiskFormat): Promise<number> {
  const handle = await open(image, 'r');
  try {
    const { size: sizeBytes } = await handle.stat();
    const read: ReadBytes = async (offset, length) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    };
    return await diskBytesOf(format, { read, sizeBytes });
  } catch (cause) {
    throw new UserError('disk-unreadable', `the file cannot be read as ${format}`, {
      where: image,
      seen: messageOf(cause),
      cause,
    });
  } finally {
    await handle.close();
  }
}
