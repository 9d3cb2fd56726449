/** Changes of an ESP, by mounting it and by mtools. A kernel without vfat mounts another file system in its place. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toolsPrograms } from '../../src/cli/install-programs.ts';
import { changeByMount, readByMount } from '../../src/install/esp/by-mount.ts';
import { changeByMtools, readByMtools } from '../../src/install/esp/by-mtools.ts';
import type { EspChange } from '../../src/install/esp/change.ts';
import type { PartitionPlace } from '../../src/install/mounted.ts';
import { ownPrograms, type Programs } from '../../src/install/programs.ts';
import { MIB } from '../../src/units.ts';
import { withLoopDisk } from '../support/install/loop-disk.ts';
import { testToolbox } from '../support/toolbox.ts';

const { signal } = new AbortController();
let tools: Programs;
let folder: string;

beforeAll(async () => {
  tools = toolsPrograms(await testToolbox());
  folder = await mkdtemp(join(tmpdir(), 'basalt-esp-'));
  await writeFile(join(folder, 'one'), 'one');
  await writeFile(join(folder, 'two'), Buffer.alloc(3 * MIB + 5, 2));
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const ways = [
  {
    way: 'mounting',
    format: ['mkfs.ext4', '-q'],
    change: (place: PartitionPlace, changes: readonly EspChange[]) =>
      changeByMount(ownPrograms, place, changes, { signal }, 'ext4'),
    read: (place: PartitionPlace, path: string, onOutput: (stdout: Readable) => Promise<void>) =>
      readByMount(ownPrograms, place, path, { signal, onOutput }, 'ext4'),
  },
  {
    way: 'mtools',
    format: ['mkfs.vfat', '-F32'],
    change: (place: PartitionPlace, changes: readonly EspChange[]) =>
      changeByMtools(tools, place, changes, { signal }),
    read: (place: PartitionPlace, path: string, onOutput: (stdout: Readable) => Promise<void>) =>
      readByMtools(tools, place, path, { signal, onOutput }),
  },
] as const;

describe.each(ways)('by $way', ({ format, change, read }) => {
  const digest = async (place: PartitionPlace, path: string) => {
    const hash = createHash('sha256');
    await read(place, path, async (stdout) => {
      for await (const chunk of stdout) hash.update(chunk as Buffer);
    });
    return hash.digest('hex');
  };
  const sum = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

  test('files are put, replaced, renamed and removed', { timeout: 60_000 }, async () => {
    await withLoopDisk({ sizeBytes: 96 * MIB }, async (disk) => {
      await tools([...format, disk.path], { signal });
      const place = { disk: disk.path, number: 1, firstByte: 0, sizeBytes: 96 * MIB };
      const [one, two] = [join(folder, 'one'), join(folder, 'two')];
      await change(place, [
        { kind: 'put', from: one, path: 'EFI/Linux/basalt_1.2.0~rc1.new' },
        { kind: 'put', from: one, path: 'loader/loader.conf' },
        { kind: 'put', from: one, path: 'top.txt' },
      ]);
      expect(await digest(place, 'EFI/Linux/basalt_1.2.0~rc1.new')).toBe(sum('one'));
      await change(place, [
        { kind: 'put', from: two, path: 'loader/loader.conf' },
        { kind: 'rename', from: 'EFI/Linux/basalt_1.2.0~rc1.new', to: 'EFI/Linux/basalt_1.2.0~rc1+3-0.efi' },
        { kind: 'rename', from: 'loader/loader.conf', to: 'loader/other.conf' },
        { kind: 'remove', path: 'top.txt' },
        { kind: 'remove', path: 'EFI/nothing/there' },
      ]);
      expect(await digest(place, 'EFI/Linux/basalt_1.2.0~rc1+3-0.efi')).toBe(sum('one'));
      expect(await digest(place, 'loader/other.conf')).toBe(sum(Buffer.alloc(3 * MIB + 5, 2)));
      for (const gone of ['top.txt', 'loader/loader.conf', 'loader/loader.conf.new'])
        await expect(digest(place, gone), gone).rejects.toThrow();
      // One that is there is replaced.
      await change(place, [
        { kind: 'put', from: one, path: 'loader/loader.conf' },
        { kind: 'rename', from: 'loader/loader.conf', to: 'loader/other.conf' },
      ]);
      expect(await digest(place, 'loader/other.conf')).toBe(sum('one'));
    });
  });

  test('a full file system is an error, and what was there stays', { timeout: 60_000 }, async () => {
    await withLoopDisk({ sizeBytes: 96 * MIB }, async (disk) => {
      await tools([...format, disk.path], { signal });
      const place = { disk: disk.path, number: 1, firstByte: 0, sizeBytes: 96 * MIB };
      await change(place, [{ kind: 'put', from: join(folder, 'one'), path: 'a.txt' }]);
      const large = join(folder, 'large');
      await writeFile(large, Buffer.alloc(100 * MIB, 1));
      await expect(change(place, [{ kind: 'put', from: large, path: 'a.txt' }])).rejects.toThrow(/failed/);
      expect(await digest(place, 'a.txt')).toBe(sum('one'));
    });
  });
});
