import { expect, test } from 'vitest';
import { readPartitionTable } from '../../../src/disk/gpt.ts';
import { partitionsOf, readCopy, rename, type TableCopy, writesOf } from '../../../src/disk/table-copy.ts';
import { disk4096, readerOf } from './gpt-image.ts';

const SECTOR = 4096;
const UUID = '01234567-89ab-cdef-0123-456789abcdef';

function copyAt(disk: Buffer, lba: number): TableCopy | undefined {
  // A Buffer's slice() shares its bytes; a machine has plain arrays.
  return readCopy((offset, length) => Uint8Array.from(disk.subarray(offset, offset + length)), lba, SECTOR);
}

function write(disk: Buffer, writes: readonly { offset: number; bytes: Uint8Array }[]): void {
  for (const { offset, bytes } of writes) disk.set(bytes, offset);
}

function table(disk: Buffer) {
  return readPartitionTable(readerOf(disk), { name: 'disk', sizeBytes: disk.length });
}

function renamed(disk: Buffer) {
  const [primary, backup] = [copyAt(disk, 1), copyAt(disk, 255)];
  if (primary === undefined || backup === undefined) throw new Error('the fixture is damaged');
  const changed = rename(primary, new Map([[3, { label: 'root_20261122', uuid: UUID }]]));
  return writesOf(changed, backup);
}

test('both copies are read, and say the same', () => {
  const disk = disk4096();
  for (const lba of [1, 255]) {
    const copy = copyAt(disk, lba);
    expect(copy && partitionsOf(copy).map(({ number, label }) => [number, label])).toEqual([
      [1, 'esp'],
      [3, 'root_2.0'],
    ]);
  }
});

test('a copy whose sums are wrong is none', () => {
  for (const place of [SECTOR + 30, 2 * SECTOR + 5]) {
    const disk = disk4096();
    disk[place] = (disk[place] ?? 0) ^ 1;
    expect(copyAt(disk, 1)).toBeUndefined();
    expect(copyAt(disk, 255)).toBeDefined();
  }
});

test('another reader finds the new names, all else as it was, and nothing to complain of', async () => {
  const disk = disk4096();
  const before = await table(disk);
  const writes = renamed(disk);
  write(disk, [...writes.backup, ...writes.primary]);
  const after = await table(disk);
  expect(after.notes).toEqual([]);
  expect(after.source).toBe('primary');
  expect(after.partitions).toEqual(
    before.partitions.map((partition) =>
      partition.number === 3 ? { ...partition, label: 'root_20261122', uuid: UUID } : partition,
    ),
  );
});

test('whatever part of the writes reached the disk, one copy is whole, and the other partitions are in it', async () => {
  const fresh = disk4096();
  const { backup, primary } = renamed(fresh);
  // Sectors of the first group in any subset, or all of them and any subset of the second.
  const pieces = (group: typeof backup) =>
    group.flatMap(({ offset, bytes }) =>
      Array.from({ length: Math.ceil(bytes.length / SECTOR) }, (_, index) => ({
        offset: offset + index * SECTOR,
        bytes: bytes.subarray(index * SECTOR, (index + 1) * SECTOR),
      })),
    );
  const subsets = <T>(items: readonly T[]): T[][] =>
    Array.from({ length: 2 ** items.length }, (_, mask) => items.filter((_, index) => mask & (1 << index)));
  const states = [
    ...subsets(pieces(backup)),
    ...subsets(pieces(primary)).map((some) => [...pieces(backup), ...some]),
  ];
  expect(states.length).toBe(64);
  for (const state of states) {
    const disk = disk4096();
    write(disk, state);
    const { partitions } = await table(disk);
    expect(partitions[0]?.label).toBe('esp');
    expect(['root_2.0', 'root_20261122']).toContain(partitions[1]?.label);
  }
});

test('a label fills its 36 characters at most, and an older one leaves nothing behind', async () => {
  const disk = disk4096();
  const copy = copyAt(disk, 1);
  if (copy === undefined) throw new Error('the fixture is damaged');
  const long = `verity_${'9'.repeat(29)}`;
  expect(partitionsOf(rename(copy, new Map([[3, { label: long }]])))[1]?.label).toBe(long);
  const short = rename(rename(copy, new Map([[3, { label: long }]])), new Map([[3, { label: '_empty' }]]));
  expect(partitionsOf(short)[1]?.label).toBe('_empty');
});

test('from the copy at the end, the one at the start is made again', async () => {
  const disk = disk4096();
  disk.fill(0xff, SECTOR, 6 * SECTOR);
  const backup = copyAt(disk, 255);
  if (backup === undefined) throw new Error('the fixture is damaged');
  write(disk, writesOf(backup, undefined).primary);
  const { source, notes } = await table(disk);
  expect({ source, notes }).toEqual({ source: 'primary', notes: [] });
});
