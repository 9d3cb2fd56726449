/** Installations to disks that something was on: erased without a trace, or with /var kept. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toolsPrograms } from '../../src/cli/install-programs.ts';
import { signaturesOf } from '../../src/install/disks/signatures.ts';
import type { InstallSource } from '../../src/install/source.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB, MIB } from '../../src/units.ts';
import { digestOf, filesInFat, readFromVar, writeToVar } from '../support/install/disk-content.ts';
import { installWith, lookAt } from '../support/install/engine.ts';
import { expectInstalled } from '../support/install/expect-installed.ts';
import { withLoopDisk } from '../support/install/loop-disk.ts';
import { madeUpSource } from '../support/install/made-up-source.ts';
import {
  EDGE_BYTES,
  leave,
  luksHeader,
  lvmLabel,
  raidSuperblock,
  zfsLabels,
} from '../support/install/old-traces.ts';
import { testToolbox } from '../support/toolbox.ts';

const LIMIT_MS = 120_000;
const signal = new AbortController().signal;
let toolbox: Toolbox;
let folder: string;
let source: InstallSource;
let newer: InstallSource;

beforeAll(async () => {
  toolbox = await testToolbox();
  folder = await mkdtemp(join(tmpdir(), 'basalt-install-test-'));
  source = await madeUpSource(toolbox, folder, '1.2.0');
  newer = await madeUpSource(toolbox, folder, '1.3.0');
}, LIMIT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a disk with traces of', () => {
  const sizeBytes = 3 * GIB + 12_345 * 4096;
  test.each([
    ['LVM', 'LVM2_member', [lvmLabel()]],
    ['mdraid at the end', 'linux_raid_member', [raidSuperblock('1.0', sizeBytes)]],
    ['mdraid near the start', 'linux_raid_member', [raidSuperblock('1.2', sizeBytes)]],
    ['ZFS', 'zfs_member', zfsLabels(sizeBytes)],
    ['LUKS', 'crypto_LUKS', [luksHeader()]],
  ])('%s is known as such, and has none of it afterwards', { timeout: LIMIT_MS }, async (_, type, writes) => {
    await withLoopDisk({ sizeBytes }, async (disk) => {
      await leave(disk, writes);
      expect((await lookAt(toolbox, disk.path)).disk.contents.signatures).toEqual([type]);
      await installWith(toolbox, { source, disk: disk.path });
      await expectInstalled(toolbox, disk, source);
      const programs = toolsPrograms(toolbox);
      expect((await signaturesOf(programs, disk.path, signal)).types).toEqual([]);
      const { layout } = await lookAt(toolbox, disk.path);
      for (const place of [layout?.slots[1]?.root, layout?.slots[1]?.verity])
        expect((await signaturesOf(programs, disk.path, signal, place)).types).toEqual([]);
      for (const { at, bytes } of writes.filter((write) => write.at > sizeBytes - EDGE_BYTES)) {
        const now = await digestOf(disk, { ...emptyPlace, firstByte: at }, Math.min(64, bytes.length));
        expect(now).toBe(digestOfZeros(Math.min(64, bytes.length)));
      }
    });
  });

  test('an old GPT with other things in its partitions', { timeout: LIMIT_MS }, async () => {
    await withLoopDisk({ sizeBytes }, async (disk) => {
      await installWith(toolbox, { source: newer, disk: disk.path });
      const old = await lookAt(toolbox, disk.path);
      const place = old.layout?.var;
      if (place === undefined) throw new Error('there is no /var');
      await leave(disk, [lvmLabel()], place.firstByte + 64 * MIB);
      await leave(disk, zfsLabels(place.sizeBytes), place.firstByte);
      expect((await lookAt(toolbox, disk.path)).disk.contents.partitions.at(-1)?.fileSystem).toBeDefined();
      await installWith(toolbox, { source, disk: disk.path });
      await expectInstalled(toolbox, disk, source);
      const { partitions, disk: found } = await lookAt(toolbox, disk.path);
      expect(found.contents.partitions.map(({ fileSystem }) => fileSystem)).toEqual([
        'vfat',
        'DM_verity_hash',
        undefined,
        undefined,
        undefined,
        'ext4',
      ]);
      // No two machines of an image have partitions of the same UUID, nor has a disk the same ones twice.
      const uuids = (each: typeof partitions) =>
        each.filter(({ label }) => !/^(root|verity)_/.test(label)).map(({ uuid }) => uuid);
      expect(uuids(partitions).filter((uuid) => uuids(old.partitions).includes(uuid))).toEqual([]);
    });
  });
});

const emptyPlace = { number: 1, typeGuid: '', uuid: '', label: '', sizeBytes: 0, attributes: [] };

function digestOfZeros(length: number): string {
  return createHash('sha256').update(Buffer.alloc(length)).digest('hex');
}

describe('keeping /var', () => {
  test('leaves its files, and the old version to fall back to', { timeout: LIMIT_MS }, async () => {
    await withLoopDisk({ sizeBytes: 2 * GIB, sectorBytes: 4096 }, async (disk) => {
      await installWith(toolbox, { source, disk: disk.path, cloudConfig: '#cloud-config\n' });
      const before = (await lookAt(toolbox, disk.path)).layout;
      if (before?.var === undefined) throw new Error('there is no /var');
      await writeToVar(disk, before.var, 'lib/data/kept', 'this stays\n');
      const { notes } = await installWith(toolbox, { source: newer, disk: disk.path, keepVar: true });
      expect(notes.join()).toMatch(/the one of the earlier installation stays/);
      await expectInstalled(toolbox, disk, newer, 1);
      const { layout, disk: found } = await lookAt(toolbox, disk.path);
      if (layout?.var === undefined) throw new Error('there is no /var');
      expect((await readFromVar(disk, layout.var, 'lib/data/kept')).text).toBe('this stays\n');
      expect(layout.var).toEqual(before.var);
      expect(found.contents.basalt?.versions).toEqual(['1.3.0', '1.2.0']);
      expect(await filesInFat(toolbox, disk, layout.esp)).toContain('basalt/cloud-config.yaml');
    });
  });

  test('of the same version leaves one slot with it, and of an older one no newer', {
    timeout: LIMIT_MS,
  }, async () => {
    await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
      await installWith(toolbox, { source: newer, disk: disk.path });
      await installWith(toolbox, { source: newer, disk: disk.path, keepVar: true });
      await expectInstalled(toolbox, disk, newer, 1);
      const labels = async () => (await lookAt(toolbox, disk.path)).partitions.map(({ label }) => label);
      expect(await labels()).toEqual(['esp', '_empty', '_empty', 'verity_1.3.0', 'root_1.3.0', 'var']);
      await installWith(toolbox, { source, disk: disk.path, keepVar: true });
      await expectInstalled(toolbox, disk, source, 0);
      expect(await labels()).toEqual(['esp', 'verity_1.2.0', 'root_1.2.0', '_empty', '_empty', 'var']);
      const { layout } = await lookAt(toolbox, disk.path);
      expect(layout?.ukis.map(({ file }) => file)).toEqual(['basalt_1.2.0+3-0.efi']);
    });
  });

  test('is refused where there is none, and nothing is written', { timeout: LIMIT_MS }, async () => {
    await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
      await expect(installWith(toolbox, { source, disk: disk.path, keepVar: true })).rejects.toThrow(
        /cannot be kept: it has no Basalt/,
      );
      expect((await lookAt(toolbox, disk.path)).disk.contents.table).toBeUndefined();
      await installWith(toolbox, { source, disk: disk.path });
      const large = await madeUpSource(toolbox, join(folder, 'large'), '2.0.0', 65 * MIB);
      await expect(installWith(toolbox, { source: large, disk: disk.path, keepVar: true })).rejects.toThrow(
        /does not fit/,
      );
      await expectInstalled(toolbox, disk, source);
    });
  });
});
