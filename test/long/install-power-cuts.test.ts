/**
 * Installing over an earlier version in a live system, with the disk's writes recorded: /var that is kept, and power cuts at every
 * moment. `BASALT_TEST_IMAGE_INSTALLER` and `BASALT_TEST_IMAGE_INSTALLER_NEWER` name builds of images/installer.yaml to reuse,
 * `BASALT_TEST_CUTS` a folder that keeps the recordings.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { partitionTypes } from '../../src/disk/partition-types.ts';
import type { InstallResult } from '../../src/install/install.ts';
import { startMachine } from '../../src/machine/machine.ts';
import { makeOverlay } from '../../src/machine/overlay.ts';
import type { Disk } from '../../src/machine/spec.ts';
import { GIB } from '../../src/units.ts';
import { bootAndCheck } from '../support/boot.ts';
import type { TestImage } from '../support/image.ts';
import {
  BOOT_MS,
  type CutScene,
  copyDisk,
  KEPT,
  NEWER_VERSION,
  openCutScene,
  type Way,
  ways,
} from '../support/install/cut-scene.ts';
import { readFromVar } from '../support/install/disk-content.ts';
import { expectedNotes, installOnHost } from '../support/install/host-installer.ts';
import { withLoopOf } from '../support/install/loop-disk.ts';
import { type CutState, type CutsResult, walkCuts } from '../support/install/power-cuts.ts';
import { expectWhole, workshopIn } from '../support/install/whole-disk.ts';
import { partitionsOf } from '../support/power-loss/zones.ts';

const ALL_MS = 150 * 60_000;
/** So many moments of each recording are gone on from with the installer. */
const MOMENTS = 5;
const SEED = 1;

let scene: CutScene;
beforeAll(async () => {
  scene = await openCutScene(process.env.BASALT_TEST_CUTS);
}, ALL_MS);
afterAll(() => scene?.remove());

const keptFile = { name: 'the data is there', script: `grep -x '${KEPT.text.trim()}' /var/${KEPT.path}` };

/** Starts a machine from a disk, which has to find all of an image. */
async function starts(disk: Disk, image: TestImage): Promise<void> {
  const { toolbox, accelerator } = scene;
  await bootAndCheck({
    toolbox,
    accelerator,
    disks: [disk],
    machine: { firmware: await scene.firmware() },
    timeoutMs: BOOT_MS,
    checks: [...scene.checks(image), keptFile],
  });
}

test('what stays is said', () => {
  const notes = (way: Way) => (scene.told.get(way)?.result as InstallResult | undefined)?.notes;
  expect(notes('erased')).toEqual([]);
  expect(notes('kept')).toEqual(['no configuration was given: the one of the earlier installation stays']);
});

test(
  'a machine whose /var was kept has its data and its configuration, and runs the newer version',
  async () => {
    const overlay = scene.file('boot.qcow2');
    await starts(
      await makeOverlay(scene.toolbox, { image: scene.file('kept.raw'), format: 'raw', overlay }),
      scene.newer,
    );
  },
  BOOT_MS,
);

/** States that are booted. */
const samples: Readonly<
  Record<Way, readonly { readonly name: string; readonly is: (state: CutState) => boolean }[]>
> = {
  erased: [{ name: 'nothing', is: ({ last, view }) => last === 'slots' && view.entries.length === 0 }],
  kept: [
    { name: 'older', is: ({ last, variant }) => last === 'slots' && variant === 0 },
    { name: 'newer', is: ({ variant, view }) => variant > 0 && view.entries[0]?.version === NEWER_VERSION },
  ],
};
const sampleDisk = (name: string): Disk => ({
  path: scene.file(`sample-${name}.raw`),
  format: 'raw',
  throwaway: true,
  bootIndex: 0,
});

describe.each(ways)('%s, and the power goes', (way) => {
  let result: CutsResult;
  const next: { readonly said: readonly string[]; readonly expected: readonly string[] }[] = [];

  beforeAll(async () => {
    const open = new Set(samples[way]);
    result = await walkCuts(await scene.record(way), {
      workshop: workshopIn(scene.toolbox, scene.folder),
      scratch: scene.folder,
      seed: SEED,
      visit: async (state, flushes) => {
        for (const sample of open) {
          if (!sample.is(state)) continue;
          open.delete(sample);
          await copyDisk(state.path, sampleDisk(sample.name).path);
        }
        const isMoment =
          Math.floor((state.flushes * MOMENTS) / flushes) !==
          Math.floor(((state.flushes - 1) * MOMENTS) / flushes);
        if (state.variant === 0 && state.flushes > 0 && isMoment) next.push(await goOn(way, state));
      },
    });
    process.stderr.write(`${way}: ${JSON.stringify({ result, next }, undefined, 1)}\n`);
  }, ALL_MS);

  test('whatever of the writes reached the disk: what starts is whole', () => {
    expect(result.failures).toEqual([]);
    // The whole installation is in it: names, the slot, and the new version at the end.
    const root = scene.newer.manifest.artifacts.find(({ role }) => role === 'root');
    expect(result.logBytes).toBeGreaterThan(root?.sizeBytes ?? 0);
    expect(Object.keys(result.first)).toContain(`basalt_${NEWER_VERSION}+3-0.efi`);
    if (way === 'erased') expect(Object.keys(result.first)).toContain('nothing');
    else expect(result.windows.var).toBe(0);
  });

  test('the next installer says what it found, and comes to its end', () => {
    expect(next).toHaveLength(MOMENTS);
    expect(next.map(({ said }) => said)).toEqual(next.map(({ expected }) => expected));
    expect(next.filter(({ said }) => said.length > 0).length).toBeGreaterThan(0);
  });
});

/** Runs the next installer on a copy of a state. */
async function goOn(way: Way, { path, view }: CutState) {
  const { newer, older, toolbox, folder } = scene;
  const copy = scene.file('next.raw');
  await copyDisk(path, copy);
  try {
    const expected = await expectedNotes(copy, NEWER_VERSION, view);
    const said = await withLoopOf(copy, async (disk) => {
      const notes = await installOnHost(newer, disk.path, way === 'kept' ? ['--keep-var'] : []);
      const place = (await partitionsOf(copy)).find(({ typeGuid }) => typeGuid === partitionTypes.var.guid);
      if (way === 'kept' && place !== undefined)
        expect((await readFromVar(disk, place, KEPT.path)).text).toBe(KEPT.text);
      return notes.filter((note) => !note.startsWith('no configuration was given'));
    });
    // A newer version that was whole already is what was kept: the older one gave its slot.
    const others = way === 'kept' && view.entries[0]?.version === older.manifest.version ? [older] : [];
    await expectWhole(toolbox, [newer, ...others], { path: copy, scratch: folder });
    return { said, expected };
  } finally {
    await rm(copy, { force: true });
  }
}

describe('booted after a power cut', () => {
  test(
    'a disk that was being erased starts nothing',
    async () => {
      const { toolbox, accelerator, folder } = scene;
      const stopper = new AbortController();
      const machine = await startMachine(
        {
          accelerator,
          memoryBytes: 1 * GIB,
          cpus: 1,
          firmware: await scene.firmware(),
          disks: [sampleDisk('nothing')],
        },
        { toolbox, signal: stopper.signal, workDirectory: folder },
      );
      try {
        const { console } = machine;
        await console.waitFor(/No bootable option or device was found|Shell>/, { timeoutMs: BOOT_MS });
        expect(console.text).not.toMatch(/Linux version|systemd-boot|EFI stub/);
      } finally {
        machine.kill();
        await machine.ended;
      }
    },
    BOOT_MS,
  );

  test(
    'a disk whose /var is kept starts the older version while the newer one is copied',
    () => starts(sampleDisk('older'), scene.older),
    BOOT_MS,
  );

  test(
    'and the newer one as soon as there is its name',
    () => starts(sampleDisk('newer'), scene.newer),
    BOOT_MS,
  );
});
