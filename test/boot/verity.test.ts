/** One flipped byte in the root partition: the machine refuses to run it. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPartitionTable } from '../../src/disk/gpt.ts';
import { prepareFirmware } from '../../src/machine/firmware.ts';
import { startMachine } from '../../src/machine/machine.ts';
import { makeOverlay } from '../../src/machine/overlay.ts';
import { GIB } from '../../src/units.ts';
import { accelerator } from '../support/accelerator.ts';
import { copySparse, flipByte } from '../support/damaged-image.ts';
import { testImage } from '../support/image.ts';
import { testToolbox } from '../support/toolbox.ts';

/** The superblock's date of a squashfs: without dm-verity nobody would notice that it changed. */
const SQUASHFS_DATE_OFFSET = 8;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-verity-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a machine with one flipped byte in its root restarts instead of running it', async () => {
  const image = await testImage();
  const toolbox = await testToolbox();
  const { signal } = new AbortController();
  const raw = await copySparse(image.path('raw'), folder);
  await flipByte(raw, (await firstByteOfRoot(raw)) + SQUASHFS_DATE_OFFSET);
  const disk = await makeOverlay(toolbox, {
    image: raw,
    format: 'raw',
    overlay: join(folder, 'disk.qcow2'),
    sizeBytes: 5 * GIB,
  });
  const machine = await startMachine(
    {
      accelerator: await accelerator(toolbox, image),
      memoryBytes: 2 * GIB,
      cpus: 2,
      firmware: await prepareFirmware(toolbox, join(folder, 'variables.fd')),
      disks: [{ ...disk, bootIndex: 0 }],
      endOnReboot: true,
    },
    { toolbox, signal, workDirectory: folder },
  );
  try {
    // The failure this test is for is a machine that runs: then a login prompt ends the wait at once.
    const end = await Promise.race([
      machine.ended,
      machine.console.waitFor(/login:/, { timeoutMs: 900_000 }).then(() => {
        throw new Error('the machine ran a damaged root');
      }),
    ]);
    expect(machine.console.text).toMatch(/verity.*corrupted/);
    expect(machine.console.text).not.toMatch(/login:/);
    expect(end.reason).toBe('rebooted');
  } finally {
    machine.kill();
  }
});

async function firstByteOfRoot(raw: string): Promise<number> {
  const handle = await open(raw, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (offset: number, length: number) => {
      const buffer = Buffer.alloc(length);
      await handle.read(buffer, 0, length, offset);
      return buffer;
    };
    const table = await readPartitionTable(read, { name: raw, sizeBytes: size });
    const root = table.partitions.find(({ label }) => label.startsWith('root_'));
    if (root === undefined) throw new Error('the image has no root partition');
    return root.firstByte;
  } finally {
    await handle.close();
  }
}
