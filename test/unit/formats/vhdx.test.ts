import { describe, expect, it, test } from 'vitest';
import { crc32c } from '../../../src/disk/crc32c.ts';
import { decodeGuid, encodeGuid } from '../../../src/disk/guid.ts';
import { vhdxDiskBytes, vhdxPatches } from '../../../src/formats/vhdx.ts';
import { KIB, MIB } from '../../../src/units.ts';
import { readerOf } from '../disk/gpt-image.ts';

const guids = {
  fileWrite: '11111111-1111-8111-8111-111111111111',
  dataWrite: '22222222-2222-8222-8222-222222222222',
  disk: '33333333-3333-8333-8333-333333333333',
};

test('CRC-32C is that of RFC 3720', () => {
  // Appendix B.4: 32 bytes of zeros, of ones, and rising.
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))).toBe(0x46dd794e);
});

/** The first 4 MiB of a VHDX: headers, a log that was played, the regions, and two items of metadata. */
function vhdx(logGuid = '00000000-0000-0000-0000-000000000000'): Buffer {
  const file = Buffer.alloc(4 * MIB);
  for (const [offset, sequence] of [
    [64 * KIB, 0x54b19720],
    [128 * KIB, 0x54b19721],
  ] as const) {
    file.write('head', offset, 'latin1');
    file.writeBigUInt64LE(BigInt(sequence), offset + 8);
    file.fill(0xaa, offset + 16, offset + 48);
    file.set(encodeGuid(logGuid), offset + 48);
    file.writeUInt32LE(MIB, offset + 68);
    file.writeBigUInt64LE(BigInt(MIB), offset + 72);
  }
  file.write('loge', MIB, 'latin1');
  file.write('regi', 192 * KIB, 'latin1');
  file.writeUInt32LE(1, 192 * KIB + 8);
  file.set(encodeGuid('8b7ca206-4790-4b9a-b8fe-575f050f886e'), 192 * KIB + 16);
  file.writeBigUInt64LE(BigInt(3 * MIB), 192 * KIB + 32);
  file.write('metadata', 3 * MIB, 'latin1');
  file.writeUInt16LE(2, 3 * MIB + 10);
  for (const [index, guid, offset] of [
    [0, '2fa54224-cd1b-4876-b211-5dbed83bf4b8', 64 * KIB + 8],
    [1, 'beca12ab-b2e6-4523-93ef-c309e000c746', 64 * KIB + 16],
  ] as const) {
    file.set(encodeGuid(guid), 3 * MIB + 32 + index * 32);
    file.writeUInt32LE(offset, 3 * MIB + 32 + index * 32 + 16);
  }
  file.writeBigUInt64LE(123n * BigInt(MIB), 3 * MIB + 64 * KIB + 8);
  return file;
}

describe('a VHDX', () => {
  it('keeps nothing that was by chance, and sums that are right', async () => {
    const file = vhdx();
    for (const { offset, bytes } of await vhdxPatches(readerOf(file), guids)) file.set(bytes, offset);
    for (const [index, offset] of [64 * KIB, 128 * KIB].entries()) {
      const header = Buffer.from(file.subarray(offset, offset + 4096));
      expect(header.readBigUInt64LE(8)).toBe(BigInt(index + 1));
      expect(decodeGuid(header, 16)).toBe(guids.fileWrite);
      expect(decodeGuid(header, 32)).toBe(guids.dataWrite);
      const sum = header.readUInt32LE(4);
      header.writeUInt32LE(0, 4);
      expect(sum).toBe(crc32c(header));
    }
    expect(file.subarray(MIB, 2 * MIB).every((byte) => byte === 0)).toBe(true);
    expect(decodeGuid(file, 3 * MIB + 64 * KIB + 16)).toBe(guids.disk);
    expect(await vhdxDiskBytes(readerOf(file))).toBe(123 * MIB);
  });

  it('is left alone when its log is still to be played', async () => {
    const file = vhdx('44444444-4444-8444-8444-444444444444');
    await expect(vhdxPatches(readerOf(file), guids)).rejects.toThrow('log of the VHDX is not played');
  });

  it('is not any other file', async () => {
    await expect(vhdxPatches(readerOf(Buffer.alloc(MIB)), guids)).rejects.toThrow('it has no header');
    await expect(vhdxDiskBytes(readerOf(Buffer.alloc(MIB)))).rejects.toThrow('it has no region table');
  });
});
