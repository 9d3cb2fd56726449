import { describe, expect, it, test } from 'vitest';
import { diskFormats, formatCatalogue, withSources } from '../../../src/formats/catalogue.ts';
import { diskBytesOf, formatOfFile } from '../../../src/formats/disk-file.ts';
import { vhdFooter } from '../../../src/formats/vhd.ts';
import { contentIdPatch, vmdkDiskBytes } from '../../../src/formats/vmdk.ts';
import { GIB, MIB } from '../../../src/units.ts';
import { readerOf } from '../disk/gpt-image.ts';

const file = (bytes: Buffer) => ({ read: readerOf(bytes), sizeBytes: bytes.length });
const uuid = '01234567-89ab-8def-8123-456789abcdef';

/** The start of a VMDK: its header, and a descriptor in the second sector. */
function vmdk(descriptor: string): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes.write('KDMV', 0, 'latin1');
  bytes.writeBigUInt64LE(BigInt(GIB / 512), 12);
  bytes.writeBigUInt64LE(1n, 28);
  bytes.writeBigUInt64LE(2n, 36);
  bytes.write(descriptor, 512, 'latin1');
  return bytes;
}

describe('a file of a disk', () => {
  it('is known by its marks', async () => {
    const start = (mark: string) => file(Buffer.from(mark.padEnd(1024, '\0'), 'latin1'));
    expect(await formatOfFile(start('QFI\u00fb'))).toBe('qcow2');
    expect(await formatOfFile(start('KDMV'))).toBe('vmdk');
    expect(await formatOfFile(start('vhdxfile'))).toBe('vhdx');
    expect(await formatOfFile(start(''))).toBe('raw');
    expect(await formatOfFile(file(Buffer.alloc(0)))).toBe('raw');
  });

  it('a fixed VHD is known by its end, which has the size', async () => {
    const vhd = Buffer.concat([Buffer.alloc(MIB), vhdFooter({ diskBytes: MIB, epoch: 1_790_000_000, uuid })]);
    expect(await formatOfFile(file(vhd))).toBe('vhd');
    expect(await diskBytesOf('vhd', file(vhd))).toBe(MIB);
    await expect(diskBytesOf('vhd', file(vhd.subarray(0, MIB)))).rejects.toThrow('not a VHD');
    expect(await diskBytesOf('raw', file(vhd))).toBe(MIB + 512);
  });
});

test('the content id of a VMDK is set where its descriptor has it', async () => {
  const bytes = vmdk('# Disk DescriptorFile\nversion=1\nCID=0badcafe\nparentCID=ffffffff\n');
  const { offset, bytes: patch } = await contentIdPatch(readerOf(bytes), '01234567');
  bytes.set(patch, offset);
  expect(bytes.toString('latin1', 512)).toContain('\nversion=1\nCID=01234567\nparentCID=ffffffff\n');
  expect(await vmdkDiskBytes(readerOf(bytes))).toBe(GIB);
  await expect(contentIdPatch(readerOf(vmdk('no id')), '01234567')).rejects.toThrow('no content id');
  await expect(contentIdPatch(readerOf(Buffer.alloc(512)), '01234567')).rejects.toThrow('not a VMDK');
});

test('each format comes after what it is made of', () => {
  for (const format of diskFormats) {
    const order = withSources([format]);
    expect(order.at(-1)).toBe(format);
    const { from } = formatCatalogue[format];
    if (from !== undefined) expect(order).toContain(from);
  }
  expect(withSources(['ova', 'vagrant-virtualbox'])).toEqual(['raw', 'vmdk', 'ova', 'vagrant-virtualbox']);
});
