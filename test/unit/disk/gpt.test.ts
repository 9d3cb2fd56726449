import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readPartitionTable } from '../../../src/disk/gpt.ts';
import type { UserError } from '../../../src/errors.ts';
import { disk4096, readerOf, sealHeader } from './gpt-image.ts';

const fixture = new URL('../../fixtures/disk/sfdisk-512.img.gz', import.meta.url);

function disk512(): Buffer {
  return gunzipSync(readFileSync(fixture));
}

function read(disk: Buffer, sectorSizes?: readonly number[]) {
  return readPartitionTable(readerOf(disk), {
    name: 'disk.raw',
    sizeBytes: disk.length,
    ...(sectorSizes && { sectorSizes }),
  });
}

async function failureOf(disk: Buffer): Promise<UserError> {
  return await read(disk).then(
    () => expect.fail('should have been refused'),
    (error: UserError) => error,
  );
}

describe('a table written by sfdisk, 512-byte sectors', () => {
  test('reads every field', async () => {
    expect(await read(disk512())).toEqual({
      sectorSizeBytes: 512,
      diskGuid: '5d1f8a52-3c1e-4f0b-9a77-0123456789ab',
      source: 'primary',
      firstUsableByte: 2048 * 512,
      usableEndByte: 16351 * 512,
      notes: [],
      partitions: [
        {
          number: 1,
          typeGuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
          uuid: '11111111-2222-3333-4444-555566667777',
          label: 'esp',
          firstByte: 1048576,
          sizeBytes: 1048576,
          attributes: ['required'],
        },
        {
          number: 2,
          typeGuid: '2c7357ed-ebd2-46d9-aec1-23d437ec2bf5',
          uuid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeffff0001',
          label: 'verity_1.4.2',
          firstByte: 2097152,
          sizeBytes: 524288,
          attributes: ['read-only'],
        },
        {
          number: 3,
          typeGuid: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
          uuid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeffff0002',
          label: 'root_1.4.2',
          firstByte: 2621440,
          sizeBytes: 2097152,
          attributes: ['read-only', 'no-auto'],
        },
        {
          number: 4,
          typeGuid: '4d21b016-b534-45c2-a9fb-5c16e091fd2d',
          uuid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeffff0003',
          label: 'vär',
          firstByte: 6291456,
          sizeBytes: 1048576,
          attributes: ['grow-file-system'],
        },
      ],
    });
  });

  test.each([
    ['header', 512 + 56, 'the checksum of its header is wrong'],
    ['entries', 1024 + 60, 'the checksum of its entries is wrong'],
  ])('falls back to the backup when the %s at the start is damaged', async (_part, offset, reason) => {
    const disk = disk512();
    disk[offset] = (disk[offset] ?? 0) ^ 1;
    const table = await read(disk);
    expect(table.source).toBe('backup');
    expect(table.partitions.map(({ label }) => label)).toEqual(['esp', 'verity_1.4.2', 'root_1.4.2', 'vär']);
    expect(table.notes).toEqual([
      `the partition table at the start is damaged: ${reason}; this is its backup from the end of the disk`,
    ]);
  });

  test('finds the backup when the start was wiped', async () => {
    const disk = disk512().fill(0, 0, 1024 * 1024);
    const table = await read(disk);
    expect(table.source).toBe('backup');
    expect(table.notes[0]).toContain('at the start is missing');
  });

  test('notes a disk that grew, and still finds its backup when the start is damaged', async () => {
    const grown = Buffer.concat([disk512(), Buffer.alloc(4 * 1024 * 1024)]);
    expect((await read(grown)).notes).toEqual([
      `the backup partition table at byte ${16383 * 512} is not at the end, byte ${grown.length}: the disk grew since it was written`,
    ]);
    grown[512 + 56] = 0xee;
    expect((await read(grown)).source).toBe('backup');
  });

  test('notes an image that was cut short, and the partitions that are not all there', async () => {
    const cut = disk512().subarray(0, 12288 * 512);
    expect((await read(cut)).notes).toEqual([
      `the backup partition table at byte ${16383 * 512} lies beyond the end at byte ${cut.length}: the disk was cut short`,
      `partition 4 ends at byte ${14336 * 512}, beyond the end at byte ${cut.length}`,
    ]);
  });

  test('notes a backup that is missing, damaged or different', async () => {
    const missing = disk512().fill(0, 16383 * 512);
    expect((await read(missing)).notes[0]).toMatch(/is missing$/);
    const damaged = disk512();
    damaged[16383 * 512 + 60] = 0xee;
    expect((await read(damaged)).notes[0]).toMatch(/is damaged: the checksum of its header is wrong$/);
    const different = disk512();
    different[16383 * 512 + 56] = 0xee;
    sealHeader(different, 16383, 512);
    expect((await read(different)).notes[0]).toMatch(/differs from the one at the start$/);
  });

  test('both copies damaged is said so', async () => {
    const disk = disk512();
    disk[512 + 56] = 0xee;
    disk[16383 * 512 + 56] = 0xee;
    const error = await failureOf(disk);
    expect(error.code).toBe('gpt-damaged');
    expect(error.seen).toContain('the checksum of its header is wrong');
    expect(error.where).toBe('disk.raw');
  });

  test('a header in the wrong place is not trusted', async () => {
    const disk = disk512();
    disk.copy(disk, 512, 16383 * 512, 16384 * 512);
    const table = await read(disk);
    expect(table.source).toBe('backup');
    expect(table.notes[0]).toContain('its header says it belongs to sector 16383');
  });

  test('entries beyond the end are said to be there', async () => {
    const disk = disk512();
    disk.writeBigUInt64LE(20_000n, 512 + 72);
    sealHeader(disk, 1, 512);
    expect((await read(disk)).notes[0]).toContain('its entries lie beyond the end');
  });

  test('a partition that ends before it begins is noted', async () => {
    const disk = disk512();
    disk.writeBigUInt64LE(100n, 1024 + 40);
    sealHeader(disk, 1, 512);
    expect((await read(disk)).notes).toContain('partition 1 ends before it begins');
  });

  test('a header that claims an absurd table is damaged, not obeyed', async () => {
    const disk = disk512();
    disk.writeUInt32LE(0x7fffffff, 512 + 80);
    sealHeader(disk, 1, 512);
    expect((await read(disk)).notes[0]).toContain('claims 2147483647 entries of 128 bytes');
  });
});

describe('a table of 4096-byte sectors', () => {
  test('is found, and an unused slot keeps its number', async () => {
    const table = await read(disk4096());
    expect(table).toMatchObject({
      sectorSizeBytes: 4096,
      source: 'primary',
      diskGuid: '01234567-89ab-cdef-0123-456789abcdef',
      firstUsableByte: 6 * 4096,
      usableEndByte: 251 * 4096,
      notes: [],
    });
    expect(table.partitions).toEqual([
      {
        number: 1,
        typeGuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
        uuid: '01010101-0101-0101-0101-010101010101',
        label: 'esp',
        firstByte: 6 * 4096,
        sizeBytes: 10 * 4096,
        attributes: [],
      },
      {
        number: 3,
        typeGuid: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
        uuid: '03030303-0303-0303-0303-030303030303',
        label: 'root_2.0',
        firstByte: 16 * 4096,
        sizeBytes: 225 * 4096,
        attributes: ['legacy-boot', 'read-only'],
      },
    ]);
  });

  test('is read from its backup when the start is damaged', async () => {
    const disk = disk4096();
    disk[4096 + 40] = 0xee;
    expect(await read(disk)).toMatchObject({ source: 'backup', sectorSizeBytes: 4096 });
  });

  test('is not found when only 512 is asked for', async () => {
    await expect(read(disk4096(), [512])).rejects.toMatchObject({ code: 'not-gpt' });
  });
});

describe('what is no GPT disk is named', () => {
  const at = (offset: number, bytes: Buffer | string) => {
    const disk = Buffer.alloc(8192);
    (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes).copy(disk, offset);
    return disk;
  };

  test.each([
    ['qcow2', at(0, 'QFI\u00fb'), 'a qcow2 image, 8 KiB', 'qemu-img convert'],
    ['VMDK', at(0, 'KDMV'), 'a VMDK image, 8 KiB', 'qemu-img convert'],
    ['VHD', at(0, 'conectix'), 'a VHD image, 8 KiB', 'qemu-img convert'],
    ['VHDX', at(0, 'vhdxfile'), 'a VHDX image, 8 KiB', 'qemu-img convert'],
    ['gzip', at(0, Buffer.from('1f8b08', 'hex')), 'a gzip file, 8 KiB', 'unpack'],
    ['zstd', at(0, Buffer.from('28b52ffd', 'hex')), 'a zstd file, 8 KiB', 'unpack'],
    ['xz', at(0, Buffer.from('fd377a585a00', 'hex')), 'an xz file, 8 KiB', 'unpack'],
    ['UKI', at(0, 'MZ'), 'a PE program, such as a UKI, 8 KiB', 'disk image'],
    ['squashfs', at(0, 'hsqs'), 'a squashfs file system without a disk around it, 8 KiB', 'disk image'],
    [
      'erofs',
      at(1024, Buffer.from('e2e1f5e0', 'hex')),
      'an erofs file system without a disk around it, 8 KiB',
      '',
    ],
    [
      'MBR',
      at(510, Buffer.from('55aa', 'hex')),
      'a boot sector or MBR partition table without a GPT, 8 KiB',
      '',
    ],
    ['zeros', Buffer.alloc(8192), 'nothing but zeros at the start, 8 KiB', 'file or device you meant'],
    ['text', Buffer.from('hello'), 'none of the formats Basalt knows, 5 B', ''],
    ['nothing', Buffer.alloc(0), 'an empty file, 0 B', ''],
  ])('%s', async (_name, disk, seen, next) => {
    const error = await failureOf(disk);
    expect(error).toMatchObject({ name: 'UserError', code: 'not-gpt', where: 'disk.raw', seen });
    expect(error.next.join()).toContain(next);
  });
});
