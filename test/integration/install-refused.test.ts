/** Installations that must not be made, or not be called so. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { run } from '../../src/exec/run.ts';
import { bootable } from '../../src/install/disks/layout.ts';
import type { InstallSource } from '../../src/install/source.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB, MIB } from '../../src/units.ts';
import { installWith, lookAt } from '../support/install/engine.ts';
import { expectInstalled } from '../support/install/expect-installed.ts';
import { withLoopDisk } from '../support/install/loop-disk.ts';
import { madeUpSource } from '../support/install/made-up-source.ts';
import { testToolbox } from '../support/toolbox.ts';

const LIMIT_MS = 120_000;
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

describe('nothing is written', () => {
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => 'installed',
      (error: unknown) => (error instanceof UserError ? `${error.code}: ${error.message}` : String(error)),
    );

  test('to a disk that is too small', { timeout: LIMIT_MS }, async () => {
    await withLoopDisk({ sizeBytes: 400 * MIB }, async (disk) => {
      expect(await refusal(installWith(toolbox, { source, disk: disk.path }))).toMatch(
        /^disk-refused: .* too small: it has 400 MiB, and 498 MiB are needed/,
      );
      expect((await lookAt(toolbox, disk.path)).disk.contents.table).toBeUndefined();
    });
  });

  test('to a disk that has the name of the chosen one', { timeout: LIMIT_MS }, async () => {
    await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
      const chosen = { sizeBytes: 4 * GIB, serial: undefined, wwn: undefined };
      expect(await refusal(installWith(toolbox, { source, disk: disk.path, chosen }))).toBe(
        `disk-changed: ${basename(disk.path)} is not the disk that was chosen: it has ${2 * GIB} bytes, and had ${4 * GIB}`,
      );
      expect((await lookAt(toolbox, disk.path)).disk.contents.table).toBeUndefined();
    });
  });

  test('to a disk that is mounted or the medium, of a damaged source, or without UEFI', {
    timeout: LIMIT_MS,
  }, async () => {
    await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
      await installWith(toolbox, { source, disk: disk.path });
      // This kernel may not know tables like these; then it is told of the partition.
      await run(['partx', '--add', '--nr=6', disk.path], { accept: [0, 1] });
      const mounted = await mkdtemp(join(tmpdir(), 'basalt-mounted-'));
      await run(['mount', '-t', 'ext4', `${disk.path}p6`, mounted]);
      try {
        expect(await refusal(installWith(toolbox, { source, disk: disk.path }))).toBe(
          `disk-refused: nothing can be installed to ${basename(disk.path)}: ${basename(disk.path)}p6 is mounted at ${mounted}`,
        );
      } finally {
        await run(['umount', mounted]);
        await rm(mounted, { recursive: true });
      }
      expect(
        await refusal(installWith(toolbox, { source: { ...source, medium: disk.path }, disk: disk.path })),
      ).toMatch(/this system was started from it/);
      // A live UKI that was copied to this disk's ESP.
      const [esp] = (await lookAt(toolbox, disk.path)).partitions;
      const live = { ...source, mediumPartition: esp?.uuid };
      expect(esp?.uuid).toMatch(/^[0-9a-f-]{36}$/);
      expect(await refusal(installWith(toolbox, { source: live, disk: disk.path }))).toMatch(
        /this system was started from it/,
      );
      // It may be the machine's own disk: "smallest" must be refused for it, and not fall on the next larger one.
      expect((await lookAt(toolbox, disk.path, live)).disk.passedOver).toBe(false);
      expect(
        await refusal(
          installWith(toolbox, {
            source: { ...source, uki: { ...source.uki, sha256: '00'.repeat(32) } },
            disk: disk.path,
          }),
        ),
      ).toMatch(/source-invalid: the UKI/);
      expect(
        await refusal(installWith(toolbox, { source, disk: disk.path, bootEntry: true, firmware: 'bios' })),
      ).toMatch(/needs-uefi/);
      await expectInstalled(toolbox, disk, source);
    });
  });

  test('by a second installer on the same disk', { timeout: LIMIT_MS }, async () => {
    await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
      const both = await Promise.all([
        refusal(installWith(toolbox, { source, disk: disk.path })),
        refusal(installWith(toolbox, { source: newer, disk: disk.path })),
      ]);
      expect(both.filter((each) => each === 'installed')).toHaveLength(1);
      expect(both.find((each) => each !== 'installed')).toMatch(/disk-in-use: another installer/);
      await expectInstalled(toolbox, disk, both[0] === 'installed' ? source : newer);
    });
  });
});

test('a disk that loses data is not called installed', { timeout: LIMIT_MS }, async () => {
  await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
    const damaging = installWith(toolbox, {
      source,
      disk: disk.path,
      around: (start) => async (command, options) => {
        // Before the first look at what was written, a byte of it goes.
        if (command[0] === 'dd') {
          const handle = await open(disk.file, 'r+');
          await handle.write(Buffer.from([0x55]), 0, 1, 110 * MIB);
          await handle.close();
        }
        return start(command, options);
      },
    });
    await expect(damaging).rejects.toThrow(/does not hold what was written/);
    const { layout } = await lookAt(toolbox, disk.path);
    expect(layout === undefined ? [] : bootable(layout)).toEqual([]);
  });
});

test('a root that is not what its hash says is not called installed', { timeout: LIMIT_MS }, async () => {
  const damaged = await madeUpSource(toolbox, join(folder, 'damaged'), '1.2.0');
  const handle = await open(damaged.root.path, 'r+');
  await handle.write(Buffer.from([0x55, 0xaa]), 0, 2, 5 * MIB + 3);
  await handle.close();
  await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
    await expect(installWith(toolbox, { source: damaged, disk: disk.path })).rejects.toMatchObject({
      code: 'source-invalid',
      seen: 'block 1280 of the root is not what the hash tree says',
    });
    const { layout } = await lookAt(toolbox, disk.path);
    expect(layout === undefined ? [] : bootable(layout)).toEqual([]);
  });
});

test('Ctrl-C leaves nothing mounted and nothing that starts', { timeout: LIMIT_MS }, async () => {
  await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
    const abort = new AbortController();
    const installing = installWith(toolbox, {
      source,
      disk: disk.path,
      signal: abort.signal,
      onEvent: (event) => {
        if (event.kind === 'progress' && event.step === 'verify') abort.abort();
      },
    });
    await expect(installing).rejects.toThrow('interrupted');
    const { disk: found } = await lookAt(toolbox, disk.path);
    expect(found.refusal).toBeUndefined();
    expect(found.contents.basalt).toMatchObject({
      interrupted: true,
      interruptedVersion: '1.2.0',
      versions: [],
    });
    const { notes } = await installWith(toolbox, { source: newer, disk: disk.path });
    expect(notes).toEqual(['an installation of 1.2.0 was interrupted on this disk: nothing on it starts']);
    await expectInstalled(toolbox, disk, newer);
  });
});
