/** Disks that can be written without touching the image they come from. */
import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { UserError } from '../errors.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { formatSize } from '../units.ts';
import type { Disk, DiskFormat } from './spec.ts';

/** Header fields of qcow2 (QEMU's docs/interop/qcow2.txt). */
const QCOW2_MAGIC = 0x514649fb;
const QCOW2_SIZE_OFFSET = 24;

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
      format,
      '-b',
      image,
      `/run/overlay/${basename(overlay)}`,
      String(sizeBytes),
    ],
    { binds: [{ source: dirname(overlay), target: '/run/overlay', writable: true }], signal },
  );
  return { path: overlay, format: 'qcow2', backing: { path: image, format }, throwaway: true };
}

/** The disk size a guest sees in an image, in bytes. */
export async function diskSize(image: string, format: DiskFormat): Promise<number> {
  if (format === 'raw') return (await stat(image)).size;
  const handle = await open(image, 'r');
  try {
    const header = Buffer.alloc(QCOW2_SIZE_OFFSET + 8);
    await handle.read(header, 0, header.length, 0);
    if (header.readUInt32BE(0) !== QCOW2_MAGIC) {
      throw new UserError('not-qcow2', 'the file is not a qcow2 image', { where: image });
    }
    return Number(header.readBigUInt64BE(QCOW2_SIZE_OFFSET));
  } finally {
    await handle.close();
  }
}
