/** Where the size of the disk in a QCOW2 image is (QEMU's docs/interop/qcow2.txt). */
import type { ReadBytes } from '../disk/gpt-header.ts';

const MAGIC = 0x514649fb;
const SIZE_OFFSET = 24;

/** @throws {Error} when the file is no QCOW2 image. */
export async function qcow2DiskBytes(read: ReadBytes): Promise<number> {
  const header = await read(0, SIZE_OFFSET + 8);
  if (header.length < SIZE_OFFSET + 8 || header.readUInt32BE(0) !== MAGIC)
    throw new Error('not a QCOW2 image');
  return Number(header.readBigUInt64BE(SIZE_OFFSET));
}
