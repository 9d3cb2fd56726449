/** Disks in a single file, as QEMU reads them: which format a file has, and how large the disk in it is. */
import type { ReadBytes } from '../disk/gpt-header.ts';
import { qcow2DiskBytes } from './qcow2.ts';
import { VHD_FOOTER_BYTES, vhdFooterDiskBytes } from './vhd.ts';
import { vhdxDiskBytes } from './vhdx.ts';
import { vmdkDiskBytes } from './vmdk.ts';

/** The first that a folder has is the quickest to read. */
export const diskFileFormats = ['raw', 'qcow2', 'vmdk', 'vhd', 'vhdx'] as const;

export type DiskFileFormat = (typeof diskFileFormats)[number];

/** QEMU's names of them (qemu-block-drivers(7)). */
export const qemuDrivers: Readonly<Record<DiskFileFormat, string>> = {
  raw: 'raw',
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vhd: 'vpc',
  vhdx: 'vhdx',
};

/** An open file. */
export interface DiskFile {
  readonly read: ReadBytes;
  readonly sizeBytes: number;
}

/** By what a file begins with; a fixed VHD has its mark in the footer. The marks are those of magic(5). */
const MARKS: readonly (readonly [mark: string, format: DiskFileFormat])[] = [
  ['QFI\u00fb', 'qcow2'],
  ['KDMV', 'vmdk'],
  ['vhdxfile', 'vhdx'],
  ['conectix', 'vhd'],
];

/** The format of a file; whatever is none of the others is taken for a raw disk. */
export async function formatOfFile({ read, sizeBytes }: DiskFile): Promise<DiskFileFormat> {
  const start = (await read(0, 8)).toString('latin1');
  const marked = MARKS.find(([mark]) => start.startsWith(mark));
  if (marked !== undefined) return marked[1];
  if (sizeBytes <= VHD_FOOTER_BYTES) return 'raw';
  const end = (await read(sizeBytes - VHD_FOOTER_BYTES, 8)).toString('latin1');
  return end === 'conectix' ? 'vhd' : 'raw';
}

/**
 * The size of the disk that a machine sees.
 * @throws {Error} when the file is not of this format.
 */
export function diskBytesOf(format: DiskFileFormat, { read, sizeBytes }: DiskFile): Promise<number> {
  switch (format) {
    case 'raw':
      return Promise.resolve(sizeBytes);
    case 'qcow2':
      return qcow2DiskBytes(read);
    case 'vmdk':
      return vmdkDiskBytes(read);
    case 'vhdx':
      return vhdxDiskBytes(read);
    case 'vhd':
      return vhdFooterDiskBytes(read, sizeBytes);
  }
}
