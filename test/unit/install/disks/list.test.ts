import { expect, test } from 'vitest';
import { holdsPartition, holdsVolume, refusalOf } from '../../../../src/install/disks/list.ts';
import { GIB, MIB } from '../../../../src/units.ts';

const shape = { name: 'sda', path: '/dev/sda', sizeBytes: 8 * GIB, sectorBytes: 512 };
const good = { columns: { readOnly: false }, needed: 4 * GIB, isMedium: false, user: undefined };

test('a good disk is not refused', () => {
  expect(refusalOf(shape, good)).toBeUndefined();
  expect(refusalOf({ ...shape, sectorBytes: 4096 }, good)).toBeUndefined();
  expect(refusalOf(shape, { ...good, needed: undefined })).toBeUndefined();
});

test.each([
  [shape, { ...good, isMedium: true, user: 'sda1 is mounted at /mnt' }, 'this system was started from it'],
  [shape, { ...good, columns: { readOnly: true } }, 'it is read-only'],
  [{ ...shape, sectorBytes: 520 }, good, 'its sectors have 520 bytes: 512 or 4096 are possible'],
  [shape, { ...good, needed: 9 * GIB }, 'too small: it has 8 GiB, and 9 GiB are needed'],
  [shape, { ...good, user: 'sda1 is mounted at /mnt' }, 'sda1 is mounted at /mnt'],
])('%o is refused', (each, seen, sentence) => expect(refusalOf(each, seen)).toBe(sentence));

test('every stick with the ISO of the live system is its medium, also one that is found late', () => {
  const contents = { table: 'gpt', partitions: [], signatures: ['iso9660'], basalt: undefined } as const;
  const stick = { label: 'BASALT_DELL_1_2_0', contents };
  expect(holdsVolume(stick, 'BASALT_DELL_1_2_0')).toBe(true);
  expect(holdsVolume(stick, 'BASALT_DELL_1_3_0')).toBe(false);
  // A file system of this name is data.
  expect(holdsVolume({ ...stick, contents: { ...contents, signatures: ['vfat'] } }, stick.label)).toBe(false);
  // Outside of a live system nothing was started from it.
  expect(holdsVolume({ label: undefined, contents }, undefined)).toBe(false);
});

test('the disk with the partition that the system was started from is its medium', () => {
  const uuid = 'd51d312b-0000-4000-8000-00000000abcd';
  const partition = (number: number, its: string) => ({
    number,
    typeGuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
    uuid: its,
    label: '',
    firstByte: MIB,
    sizeBytes: GIB,
    attributes: [],
  });
  const partitions = [partition(1, uuid.replace('abcd', 'abce')), partition(2, uuid)];
  expect(holdsPartition({ partitions }, uuid)).toBe(true);
  expect(holdsPartition({ partitions: partitions.slice(0, 1) }, uuid)).toBe(false);
  expect(holdsPartition({ partitions: [] }, uuid)).toBe(false);
  // After a start from the network.
  expect(holdsPartition({ partitions }, undefined)).toBe(false);
});
