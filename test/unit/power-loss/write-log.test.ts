import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DiskState } from '../../support/power-loss/disk-state.ts';
import { seededRandom } from '../../support/power-loss/random.ts';
import { remainsOf, windowsOf } from '../../support/power-loss/windows.ts';
import { openWriteLog } from '../../support/power-loss/write-log.ts';

const SECTOR = 512;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-write-log-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Made = { sector: number; text: string } | 'flush' | { discard: number };

/** A log as QEMU writes it. */
async function made(entries: readonly Made[]): Promise<string> {
  const numbers = (values: readonly number[]): Buffer => {
    const sector = Buffer.alloc(SECTOR);
    for (const [index, value] of values.entries()) sector.writeBigUInt64LE(BigInt(value), index * 8);
    return sector;
  };
  const superblock = numbers([0, 1, entries.length, SECTOR]);
  superblock.writeBigUInt64LE(0x6a736677736872n, 0);
  const parts = entries.flatMap((entry) => {
    if (entry === 'flush') return [numbers([0, 0, 1, 0])];
    if ('discard' in entry) return [numbers([entry.discard, 1, 4, 0])];
    const data = Buffer.concat([...entry.text].map((letter) => Buffer.alloc(SECTOR, letter)));
    return [numbers([entry.sector, entry.text.length, 0, 0]), data];
  });
  const path = join(folder, 'log');
  await writeFile(path, Buffer.concat([superblock, ...parts]));
  return path;
}

/** One letter a sector. */
const lettersOf = async (path: string): Promise<string> => {
  const bytes = await readFile(path);
  return Array.from({ length: bytes.length / SECTOR }, (_, index) =>
    String.fromCharCode(bytes[index * SECTOR] ?? 0),
  ).join('');
};

test('entries come with their places, and windows end at flushes', async () => {
  const log = await openWriteLog(
    await made([
      { sector: 1, text: 'ab' },
      { sector: 4, text: 'c' },
      'flush',
      'flush',
      { discard: 2 },
      { sector: 0, text: 'd' },
    ]),
  );
  expect(log.entries.map(({ kind, offset, length }) => [kind, offset / SECTOR, length / SECTOR])).toEqual([
    ['write', 1, 2],
    ['write', 4, 1],
    ['flush', 0, 0],
    ['flush', 0, 0],
    ['discard', 2, 1],
    ['write', 0, 1],
  ]);
  const windows = windowsOf(log.entries);
  expect(windows.map(({ writes }) => writes.length)).toEqual([2, 1]);
  expect(windows[1]?.endsAt).toBe(log.sizeBytes);
  await log.close();
});

test('what is no log, or was cut, is refused', async () => {
  const path = await made([{ sector: 1, text: 'ab' }]);
  const whole = await readFile(path);
  await writeFile(path, whole.subarray(0, whole.length - 1));
  await expect(openWriteLog(path)).rejects.toThrow('entry 0 ends at byte 2048, the file at 2047');
  await writeFile(path, Buffer.alloc(4096));
  await expect(openWriteLog(path)).rejects.toThrow('is not a log');
});

test('a disk moves along, and goes back from what may be left of a window', async () => {
  const log = await openWriteLog(
    await made([{ sector: 1, text: 'ab' }, 'flush', { sector: 2, text: 'xyz' }, { sector: 3, text: 'w' }]),
  );
  const disk = join(folder, 'disk');
  const part = join(folder, 'part');
  await writeFile(disk, Buffer.alloc(6 * SECTOR, '.'));
  await writeFile(part, Buffer.alloc(2 * SECTOR, '.'));
  const state = await DiskState.open(log, disk, [
    { path: part, firstByte: 2 * SECTOR, sizeBytes: 2 * SECTOR },
  ]);
  const [first, second] = windowsOf(log.entries);
  await state.apply(first?.writes ?? []);
  expect([await lettersOf(disk), await lettersOf(part)]).toEqual(['.ab...', 'b.']);
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    for (const { pieces } of second === undefined ? [] : remainsOf(second, seededRandom(seed), 5)) {
      await state.with(pieces, async () => {
        seen.add(await lettersOf(disk));
        expect((await lettersOf(disk)).slice(2, 4)).toBe(await lettersOf(part));
      });
    }
    expect([await lettersOf(disk), await lettersOf(part)]).toEqual(['.ab...', 'b.']);
  }
  // Each sector is old or new, whatever the others are; the last write of a sector wins where both came.
  const all = ['b', 'x'].flatMap((two) =>
    ['.', 'y', 'w'].flatMap((three) => ['.', 'z'].map((four) => `.a${two}${three}${four}.`)),
  );
  expect([...seen].sort()).toEqual(all.sort());
  await state.apply(second?.writes ?? []);
  expect(await lettersOf(disk)).toBe('.axwz.');
  await state.close();
  await log.close();
});
