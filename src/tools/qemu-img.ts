/** qemu-img: checks, converts and compares disk images. */
import { basename, dirname } from 'node:path';
import { ToolError, UserError } from '../errors.ts';
import { type DiskFileFormat, qemuDrivers } from '../formats/disk-file.ts';
import { formatSize } from '../units.ts';
import type { Toolbox } from './toolbox.ts';

/** Formats with tables of their own, which qemu-img can check; a VHD's it cannot. */
export type TabledFormat = Extract<DiskFileFormat, 'qcow2' | 'vmdk' | 'vhdx'>;

/** Whether a format has tables that {@link checkTables} checks. */
export function hasTables(format: DiskFileFormat): format is TabledFormat {
  return format === 'qcow2' || format === 'vmdk' || format === 'vhdx';
}

/** An image file. */
export interface ImageFile<Format extends DiskFileFormat = DiskFileFormat> {
  readonly path: string;
  readonly format: Format;
}

/** How sound an image's own tables are. */
export interface TablesState {
  /** Clusters that are missing, or claimed twice. */
  readonly errors: number;
  /** Where the file should end; not every format says. */
  readonly endBytes: number | undefined;
}

/** Exit codes of `qemu-img check`: 2 is damage, 3 is leaked space, which harms nothing. */
const CHECK_CODES = [0, 2, 3];

/** Checks the tables of an image. Its data carries no checksums of its own. */
export async function checkTables(
  toolbox: Toolbox,
  { path, format }: ImageFile<TabledFormat>,
  signal: AbortSignal,
): Promise<TablesState> {
  const { stdout } = await toolbox
    .run(['qemu-img', 'check', '--force-share', '--output=json', '-f', qemuDrivers[format], '/in/disk'], {
      signal,
      binds: [{ source: path, target: '/in/disk' }],
      accept: CHECK_CODES,
    })
    .catch((error: unknown) => {
      if (!(error instanceof ToolError)) throw error;
      throw new UserError('disk-damaged', `the ${format.toUpperCase()} image cannot be read`, {
        seen: error.stderrTail.replaceAll('/in/disk', path),
        where: path,
        next: ['copy or build it again: its header is damaged'],
        cause: error,
      });
    });
  const report = JSON.parse(stdout) as Record<string, number | undefined>;
  return {
    errors: (report.corruptions ?? 0) + (report['check-errors'] ?? 0),
    endBytes: report['image-end-offset'],
  };
}

/**
 * Converts an image to a raw disk, with holes for what is not written.
 * @param target A folder, and the name of the file made in it.
 * @throws {UserError} when the image is damaged: qemu-img would read zeros for what is missing.
 */
export async function convertToRaw(
  toolbox: Toolbox,
  image: ImageFile,
  target: { readonly folder: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const { path, format } = image;
  const { errors, endBytes } = hasTables(format)
    ? await checkTables(toolbox, { path, format }, signal)
    : { errors: 0, endBytes: undefined };
  if (errors > 0) {
    throw new UserError('disk-damaged', `the ${format.toUpperCase()} image is damaged or was cut short`, {
      seen: `${errors} errors in its tables${endBytes === undefined ? '' : `; its intact part ends at ${formatSize(endBytes)}`}`,
      needed: 'an image whose clusters are all there',
      where: path,
      next: ['copy it again from its source, or build it again'],
    });
  }
  await toolbox.run(
    ['qemu-img', 'convert', '-f', qemuDrivers[format], '-O', 'raw', '/in/disk', `/out/${target.name}`],
    {
      signal,
      binds: [
        { source: path, target: '/in/disk' },
        { source: target.folder, target: '/out', writable: true },
      ],
    },
  );
}

/** Formats that qemu-img makes of a raw disk. */
const MADE = {
  // As VMware writes it: for a SCSI controller, of the hardware version that has one (qemu-img's `compat6`).
  vmdk: { format: 'vmdk', options: 'subformat=streamOptimized,adapter_type=lsilogic,compat6' },
  vhdx: { format: 'vhdx', options: 'subformat=dynamic' },
} as const;

/**
 * Converts a raw disk, and lets it grow: what is behind its end are zeros that take no space.
 * @param file.to A path whose folder exists. The name of the file is part of a VMDK.
 * @param file.diskBytes Size of the disk in the new file; not less than that of the raw disk.
 */
export async function convertFromRaw(
  toolbox: Toolbox,
  format: keyof typeof MADE,
  file: { readonly from: string; readonly to: string; readonly diskBytes: number },
  signal: AbortSignal,
): Promise<void> {
  const { format: name, options } = MADE[format];
  // An empty overlay above the raw disk is a larger disk that takes nothing. Not synced (-t unsafe): the store verifies by digest.
  const script = `
    qemu-img create -q -f qcow2 -F raw -b /in/disk.raw /tmp/grown.qcow2 "$DISK_BYTES"
    exec qemu-img convert -t unsafe -f qcow2 -O "$FORMAT" -o "$OPTIONS" /tmp/grown.qcow2 "/out/$NAME"`;
  await toolbox.run(['sh', '-euc', script], {
    tool: 'qemu-img',
    signal,
    binds: [
      { source: file.from, target: '/in/disk.raw' },
      { source: dirname(file.to), target: '/out', writable: true },
    ],
    env: { DISK_BYTES: String(file.diskBytes), FORMAT: name, OPTIONS: options, NAME: basename(file.to) },
  });
}
