/** Whole installations to empty disks on loop devices, with the tools tree's programs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstallSource } from '../../src/install/source.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB, MIB } from '../../src/units.ts';
import { fileInFat, filesInFat, readFromVar } from '../support/install/disk-content.ts';
import { installWith, lookAt } from '../support/install/engine.ts';
import { expectInstalled } from '../support/install/expect-installed.ts';
import { withLoopDisk } from '../support/install/loop-disk.ts';
import { madeUpSource } from '../support/install/made-up-source.ts';
import { testToolbox } from '../support/toolbox.ts';

const LIMIT_MS = 120_000;
let toolbox: Toolbox;
let folder: string;
let source: InstallSource;

beforeAll(async () => {
  toolbox = await testToolbox();
  folder = await mkdtemp(join(tmpdir(), 'basalt-install-test-'));
  source = await madeUpSource(toolbox, folder, '1.2.0');
}, LIMIT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each([
  { sizeBytes: 8 * GIB, sectorBytes: 512 },
  { sizeBytes: 8 * GIB, sectorBytes: 4096 },
  { sizeBytes: 4096 * GIB, sectorBytes: 512 },
  { sizeBytes: 4096 * GIB, sectorBytes: 4096 },
])('an empty disk of $sizeBytes bytes with sectors of $sectorBytes', ({ sizeBytes, sectorBytes }) => {
  test('has all of the system, its configuration, and a /var of the rest', {
    timeout: LIMIT_MS,
  }, async () => {
    await withLoopDisk({ sizeBytes, sectorBytes }, async (disk) => {
      const report = { url: 'http://192.0.2.1/report', token: 'made-up' };
      const result = await installWith(toolbox, {
        source,
        disk: disk.path,
        cloudConfig: '#cloud-config\nhostname: rack4-7\n',
        report,
      });
      await expectInstalled(toolbox, disk, source);
      const { layout, partitions } = await lookAt(toolbox, disk.path);
      if (layout?.var === undefined) throw new Error('there is no /var');
      expect(partitions.map(({ label }) => label)).toEqual([
        'esp',
        'verity_1.2.0',
        'root_1.2.0',
        '_empty',
        '_empty',
        'var',
      ]);
      expect(sizeBytes - layout.var.firstByte - layout.var.sizeBytes).toBeLessThan(2 * MIB);
      expect(await filesInFat(toolbox, disk, layout.esp)).toEqual([
        'EFI/BOOT/BOOTX64.EFI',
        'EFI/Linux/basalt_1.2.0+3-0.efi',
        'EFI/systemd/systemd-bootx64.efi',
        'basalt/cloud-config.yaml',
        'loader/loader.conf',
      ]);
      const config = await fileInFat(toolbox, disk, layout.esp, 'basalt/cloud-config.yaml');
      expect(config.toString()).toBe('#cloud-config\nhostname: rack4-7\n');
      expect(await readFromVar(disk, layout.var, 'lib/basalt/provision/report.json')).toEqual({
        text: `${JSON.stringify(report)}\n`,
        mode: 0o600,
        uid: 0,
      });
      expect(result.bytesWritten).toBe(
        source.root.sizeBytes + source.verity.sizeBytes + source.uki.sizeBytes,
      );
      expect(result.notes).toEqual([]);
    });
  });
});

test('tells each step once, and bytes that never fall', { timeout: LIMIT_MS }, async () => {
  await withLoopDisk({ sizeBytes: 2 * GIB }, async (disk) => {
    const { events } = await installWith(toolbox, { source, disk: disk.path });
    const started = events.flatMap((event) => (event.kind === 'step-started' ? [event.step] : []));
    expect(started).toEqual(['check', 'partition', 'copy', 'verify', 'boot', 'configure', 'finish']);
    expect(events.flatMap((event) => (event.kind === 'step-ended' ? [event.step] : []))).toEqual(started);
    for (const step of ['copy', 'verify']) {
      const done = events.flatMap((event) =>
        event.kind === 'progress' && event.step === step ? [event.doneBytes] : [],
      );
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      expect(done.at(-1)).toBe(source.root.sizeBytes + source.verity.sizeBytes);
    }
  });
});
