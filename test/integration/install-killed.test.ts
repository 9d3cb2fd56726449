/** Installers that are killed: what is left starts nothing half written, and the next one comes to its end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootable } from '../../src/install/disks/layout.ts';
import type { InstallSource } from '../../src/install/source.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { readFromVar, writeToVar } from '../support/install/disk-content.ts';
import { installWith, lookAt } from '../support/install/engine.ts';
import { expectInstalled } from '../support/install/expect-installed.ts';
import { bundleInstaller, runKilled } from '../support/install/killed-installer.ts';
import { type LoopDisk, withLoopDisk } from '../support/install/loop-disk.ts';
import { madeUpSource } from '../support/install/made-up-source.ts';
import { testToolbox } from '../support/toolbox.ts';

const LIMIT_MS = 600_000;
let toolbox: Toolbox;
let folder: string;
let bundle: string;
let older: InstallSource;
let source: InstallSource;

beforeAll(async () => {
  toolbox = await testToolbox();
  folder = await mkdtemp(join(tmpdir(), 'basalt-install-killed-'));
  bundle = await bundleInstaller(folder);
  older = await madeUpSource(toolbox, folder, '1.1.0');
  source = await madeUpSource(toolbox, folder, '1.2.0');
}, LIMIT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Each step as it begins, and the middle of those that take time. */
const steps = [
  'step:check',
  'step:partition',
  'step:copy',
  'progress:copy',
  'step:verify',
  'progress:verify',
  'step:boot',
  'step:configure',
  'step:finish',
];

/** Steps after which the disk says whose installation it was. */
const tells = new Set(steps.slice(2));

async function bootableOn(disk: LoopDisk) {
  const { layout } = await lookAt(toolbox, disk.path);
  return layout === undefined ? [] : bootable(layout).map(({ version }) => version);
}

describe('on an empty disk', () => {
  test.each(steps)('at %s, nothing starts', { timeout: LIMIT_MS }, async (killAt) => {
    await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
      expect(await runKilled(bundle, { source, disk: disk.path, killAt })).toBeUndefined();
      expect(await bootableOn(disk)).toEqual([]);
      const { notes } = await installWith(toolbox, { source: older, disk: disk.path });
      expect(notes).toEqual(
        tells.has(killAt)
          ? ['an installation of 1.2.0 was interrupted on this disk: nothing on it starts']
          : [],
      );
      await expectInstalled(toolbox, disk, older);
    });
  });

  test('before each of its programs, nothing starts but what is whole', { timeout: LIMIT_MS }, async () => {
    await withLoopDisk({ sizeBytes: 2 * GIB, sectorBytes: 4096 }, async (disk) => {
      const whole: number[] = [];
      let ended: number | undefined;
      for (let program = 1; ended === undefined && program < 60; program += 1) {
        ended = await runKilled(bundle, { source, disk: disk.path, killAt: `program:${program}` });
        const found = await bootableOn(disk);
        if (found.length === 0) continue;
        whole.push(program);
        await expectInstalled(toolbox, disk, source);
      }
      // All that comes after the UKI's name: the UKIs that go, and telling the kernel.
      expect(ended).toBeGreaterThan(12);
      expect(whole.length).toBeLessThan(6);
      expect(whole.at(-1)).toBe((ended ?? 0) + 1);
    });
  });
});

describe('beside a /var that stays', () => {
  test.each(steps)('at %s, the old version starts', { timeout: LIMIT_MS }, async (killAt) => {
    await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
      await installWith(toolbox, { source: older, disk: disk.path });
      const place = (await lookAt(toolbox, disk.path)).layout?.var;
      if (place === undefined) throw new Error('there is no /var');
      await writeToVar(disk, place, 'lib/data/kept', 'this stays\n');
      expect(await runKilled(bundle, { source, disk: disk.path, keepVar: true, killAt })).toBeUndefined();
      await expectVersion(disk, older, 0);
      const { notes } = await installWith(toolbox, { source, disk: disk.path, keepVar: true });
      expect(notes.slice(0, -1)).toEqual(
        tells.has(killAt)
          ? ['an installation of 1.2.0 was interrupted on this disk: version 1.1.0 on it is whole']
          : [],
      );
      await expectInstalled(toolbox, disk, source, 1);
      expect((await readFromVar(disk, place, 'lib/data/kept')).text).toBe('this stays\n');
    });
  });
});

/** It starts, whatever else is on the disk. */
async function expectVersion(disk: LoopDisk, installed: InstallSource, slot: 0 | 1): Promise<void> {
  const { layout } = await lookAt(toolbox, disk.path);
  if (layout === undefined) throw new Error('there is no layout');
  expect(bootable(layout).map(({ version }) => version)).toEqual([installed.version]);
  expect(bootable(layout)[0]).toEqual(layout.slots[slot]);
}
