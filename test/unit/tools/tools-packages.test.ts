import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { differingPackages, readToolsPackages, toolsDigest } from '../../../src/tools/tools-packages.ts';

const tool = (name: string, version: string) => ({ name, version, architecture: 'amd64' });

test("a tree's packages are read from dpkg's status", async () => {
  const root = await mkdtemp(join(tmpdir(), 'basalt-tools-'));
  try {
    await mkdir(join(root, 'var/lib/dpkg'), { recursive: true });
    await writeFile(
      join(root, 'var/lib/dpkg/status'),
      'Package: zstd\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.5\nDescription: x\n Version: 9\n\nPackage: apt\nArchitecture: amd64\nVersion: 3.0~1\n\n',
    );
    expect(await readToolsPackages(root)).toEqual([tool('apt', '3.0~1'), tool('zstd', '1.5')]);
  } finally {
    await rm(root, { recursive: true });
  }
});

test('differences are told by name, whichever side they are on', () => {
  const locked = [tool('apt', '1'), tool('mtools', '4')];
  expect(differingPackages(locked, [tool('mtools', '5'), tool('zstd', '1')])).toEqual([
    'apt: locked 1, found none',
    'mtools: locked 4, found 5',
    'zstd: not locked, found 1',
  ]);
  expect(differingPackages(locked, [...locked].reverse())).toEqual([]);
  expect(toolsDigest(locked)).toBe(toolsDigest([...locked].reverse()));
  expect(toolsDigest(locked)).not.toBe(toolsDigest([tool('apt', '1'), tool('mtools', '5')]));
});
