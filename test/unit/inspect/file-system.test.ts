import { expect, test } from 'vitest';
import { recognise } from '../../../src/inspect/file-system.ts';
import { readerOf } from './pe-file.ts';

function block(edit: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(8192);
  edit(bytes);
  return bytes;
}

test('squashfs tells the bytes it uses', async () => {
  const bytes = block((it) => {
    it.write('hsqs', 0, 'latin1');
    it.writeBigUInt64LE(178_644_000n, 40);
  });
  expect(await recognise(readerOf(bytes))).toEqual({ kind: 'squashfs', usedBytes: 178_644_000 });
});

test('erofs tells its blocks and their size', async () => {
  const bytes = block((it) => {
    it.writeUInt32LE(0xe0f5e1e2, 1024);
    it.writeUInt8(12, 1024 + 12);
    it.writeUInt32LE(1000, 1024 + 36);
  });
  expect(await recognise(readerOf(bytes))).toEqual({ kind: 'erofs', usedBytes: 4_096_000 });
});

test('dm-verity: the tree’s size follows from the number of blocks', async () => {
  const bytes = block((it) => {
    it.write('verity\0\0', 0, 'latin1');
    it.write('sha256', 32, 'latin1');
    it.writeUInt32LE(4096, 64);
    it.writeUInt32LE(4096, 68);
    // As `veritysetup format` of 178,647,040 bytes: its hash file has 1,417,216.
    it.writeBigUInt64LE(43_615n, 72);
  });
  expect(await recognise(readerOf(bytes))).toEqual({
    kind: 'dm-verity',
    usedBytes: 1_417_216,
    dataBytes: 178_647_040,
    algorithm: 'sha256',
  });
});

test('FAT32 counts its free clusters in FSInfo, if anyone counted', async () => {
  const fat = (free: number) =>
    block((it) => {
      it.writeUInt16LE(512, 11);
      it.writeUInt8(8, 13);
      it.writeUInt32LE(100_000, 32);
      it.writeUInt16LE(1, 48);
      it.write('FAT32   ', 82, 'latin1');
      it.writeUInt16LE(0xaa55, 510);
      it.writeUInt32LE(0x41615252, 512);
      it.writeUInt32LE(free, 512 + 488);
    });
  expect(await recognise(readerOf(fat(12_000)))).toEqual({ kind: 'fat', usedBytes: 512 * 4_000 });
  expect(await recognise(readerOf(fat(0xffffffff)))).toEqual({ kind: 'fat', usedBytes: undefined });
});

test('zeros are empty, the rest is unknown', async () => {
  expect((await recognise(readerOf(Buffer.alloc(8192)))).kind).toBe('empty');
  expect((await recognise(readerOf(Buffer.alloc(8192, 7)))).kind).toBe('unknown');
  expect((await recognise(readerOf(Buffer.alloc(100)))).kind).toBe('unknown');
});
