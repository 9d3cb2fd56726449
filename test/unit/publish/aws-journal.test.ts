import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../../src/publish/aws/journal.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-journal-'));
  path = join(folder, 'a/b.journal');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const head = { snapshotId: 'snap-1', sha256: 'ab'.repeat(32), sizeBytes: 100_000 * 512 * 1024 };

async function write(blocks: readonly number[], of = head): Promise<Journal> {
  const journal = await Journal.open(path, of);
  for (const block of blocks) await journal.add(block);
  await journal.close();
  return journal;
}

test('what was confirmed is known again, however many blocks', async () => {
  const blocks = [0, 7, 8, 99_999, ...Array.from({ length: 500 }, (_, index) => 20_000 + 3 * index)];
  await write(blocks);
  const journal = await Journal.open(path, head);
  expect(journal.sentCount).toBe(blocks.length);
  expect(blocks.every((block) => journal.has(block))).toBe(true);
  expect([1, 6, 9, 20_001, 99_998].some((block) => journal.has(block))).toBe(false);
  await journal.close();
});

test('a torn line counts for nothing, and the next one is whole', async () => {
  await write([1, 2]);
  // "33" of "333": the power went.
  await appendFile(path, '33');
  await write([4]);
  const journal = await Journal.open(path, head);
  expect([1, 2, 4].every((block) => journal.has(block))).toBe(true);
  expect([33, 333].some((block) => journal.has(block))).toBe(false);
  await journal.close();
});

test('what a power cut leaves of a file is no number', async () => {
  await write([1]);
  await appendFile(path, `\0\0\0\n-5\n1e9\n${'9'.repeat(30)}\n100001\n5 6\n`);
  const journal = await Journal.open(path, head);
  expect(journal.sentCount).toBe(1);
  await journal.close();
});

test('another snapshot, or another disk, begins anew', async () => {
  for (const other of [
    { ...head, snapshotId: 'snap-2' },
    { ...head, sha256: 'cd'.repeat(32) },
  ]) {
    await write([1, 2]);
    const journal = await Journal.open(path, other);
    expect(journal.sentCount).toBe(0);
    await journal.close();
    await rm(path);
  }
});

test('what is no journal is replaced', async () => {
  await write([1]);
  await writeFile(path, 'nonsense\n1\n2\n');
  await write([5]);
  expect((await readFile(path, 'utf8')).split('\n').slice(1)).toEqual(['5', '']);
});
