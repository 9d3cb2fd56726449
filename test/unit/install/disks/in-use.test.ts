import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseMountinfo, parseSwaps, userOf } from '../../../../src/install/disks/in-use.ts';

let sysfs: string;

beforeEach(async () => {
  sysfs = await mkdtemp(join(tmpdir(), 'basalt-sysfs-'));
  for (const [name, number] of [
    ['sda', '8:0'],
    ['sda/sda1', '8:1'],
    ['sda1', '8:1'],
    ['sda/sda2', '8:2'],
    ['sda2', '8:2'],
  ] as const) {
    await mkdir(join(sysfs, 'class/block', name), { recursive: true });
    await writeFile(join(sysfs, 'class/block', name, 'dev'), `${number}\n`);
  }
});

afterEach(() => rm(sysfs, { recursive: true }));

const unused = { mounts: new Map<string, string>(), swaps: new Set<string>() };

test('nobody uses it', async () => {
  expect(await userOf('sda', unused, sysfs)).toBeUndefined();
});

test('a partition is mounted, by its number or its path', async () => {
  const mounts = parseMountinfo(
    '36 35 8:2 / /mnt/my\\040data rw,noatime shared:1 - ext4 /dev/sda2 rw\n37 35 0:44 /sub /btrfs rw - btrfs /dev/sda1 rw\n',
  );
  expect(await userOf('sda', { ...unused, mounts: new Map([...mounts].slice(0, 1)) }, sysfs)).toBe(
    'sda2 is mounted at /mnt/my data',
  );
  expect(await userOf('sda', { ...unused, mounts }, sysfs)).toBe('sda1 is mounted at /btrfs');
});

test('a partition is swap space', async () => {
  expect(parseSwaps('Filename\tType\tSize\n/dev/sda2 partition 1024 0 -2\n')).toEqual(['/dev/sda2']);
  expect(await userOf('sda', { ...unused, swaps: new Set(['sda2']) }, sysfs)).toBe(
    'sda2 is in use as swap space',
  );
});

test.each([
  ['dm-0', 'vg0-root', 'LVM-abc', 'sda2 is held by vg0-root (a volume of LVM)'],
  ['dm-1', 'mpatha', 'mpath-3600', 'sda2 is held by mpatha (multipath)'],
  ['md127', undefined, undefined, 'sda2 is held by the RAID md127'],
])('%s is built on a partition', async (holder, name, uuid, sentence) => {
  await mkdir(join(sysfs, 'class/block/sda2/holders', holder), { recursive: true });
  if (name !== undefined) {
    await mkdir(join(sysfs, 'class/block', holder, 'dm'), { recursive: true });
    await writeFile(join(sysfs, 'class/block', holder, 'dm/name'), `${name}\n`);
    await writeFile(join(sysfs, 'class/block', holder, 'dm/uuid'), `${uuid}\n`);
  }
  expect(await userOf('sda', unused, sysfs)).toBe(sentence);
});
