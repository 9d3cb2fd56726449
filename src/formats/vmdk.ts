/**
 * What is by chance in a stream-optimised VMDK, and where its size is ("Virtual Disk Format 5.0", VMware): a header,
 * and a descriptor in text whose content id qemu-img draws. The same disk should be the same file.
 */
import type { ReadBytes } from '../disk/gpt-header.ts';
import type { Patch } from './patch.ts';

const SECTOR_BYTES = 512;
/** qemu-img writes the number without zeros in front of it. */
const CONTENT_ID = /^CID=[0-9a-f]{1,8}$/m;

/**
 * The write that gives a VMDK a content id of our choice: of its whole descriptor, since the line may become longer.
 * @param contentId Eight hex digits.
 * @throws {Error} when the file is no VMDK with a descriptor in it.
 */
export async function contentIdPatch(read: ReadBytes, contentId: string): Promise<Patch> {
  const header = await readHeader(read);
  const offset = Number(header.readBigUInt64LE(28)) * SECTOR_BYTES;
  const bytes = Buffer.alloc(Number(header.readBigUInt64LE(36)) * SECTOR_BYTES);
  const descriptor = (await read(offset, bytes.length)).toString('latin1').replace(/\0+$/, '');
  if (!CONTENT_ID.test(descriptor)) throw new Error('the descriptor of the VMDK has no content id');
  const changed = descriptor.replace(CONTENT_ID, `CID=${contentId}`);
  if (changed.length > bytes.length)
    throw new Error('the descriptor of the VMDK has no room for its content id');
  bytes.write(changed, 'latin1');
  return { offset, bytes };
}

/** The size of the disk in a VMDK that is a single file. */
export async function vmdkDiskBytes(read: ReadBytes): Promise<number> {
  return Number((await readHeader(read)).readBigUInt64LE(12)) * SECTOR_BYTES;
}

async function readHeader(read: ReadBytes): Promise<Buffer> {
  const header = await read(0, SECTOR_BYTES);
  if (header.toString('latin1', 0, 4) !== 'KDMV') throw new Error('not a VMDK: it has no header');
  return header;
}
