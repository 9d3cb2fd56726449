import { expect, it } from 'vitest';
import { contentIdPatch } from '../../../src/formats/vmdk.ts';

const SECTOR = 512;

/** The beginning of a VMDK: a header, and a descriptor of two sectors behind it. */
function vmdk(contentId: string): Buffer {
  const file = Buffer.alloc(3 * SECTOR);
  file.write('KDMV', 'latin1');
  file.writeBigUInt64LE(1n, 28);
  file.writeBigUInt64LE(2n, 36);
  file.write(`# Disk DescriptorFile\nversion=1\nCID=${contentId}\nparentCID=ffffffff\n`, SECTOR, 'latin1');
  return file;
}

async function patched(file: Buffer): Promise<Buffer> {
  const read = async (offset: number, length: number) => file.subarray(offset, offset + length);
  const { offset, bytes } = await contentIdPatch(read, '0123abcd');
  const copy = Buffer.from(file);
  copy.set(bytes, offset);
  return copy;
}

it('is the same file whatever number was drawn, be it a short one', async () => {
  const wanted = vmdk('0123abcd');
  for (const drawn of ['f9e8d7c6', '1a2b3c4', '7', '0'])
    expect((await patched(vmdk(drawn))).equals(wanted), drawn).toBe(true);
});

it('is refused when there is no content id', async () => {
  await expect(patched(vmdk('nothing'))).rejects.toThrow('no content id');
});
