/** Builds the qemu image once for all integration and boot tests; its folder is in BASALT_TEST_IMAGE. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

export async function setup(): Promise<() => Promise<void>> {
  if (process.env.BASALT_TEST_IMAGE) return async () => {};
  const folder = await mkdtemp(join(tmpdir(), 'basalt-test-image-'));
  const basalt = resolve(import.meta.dirname, '../../basalt');
  await execa(basalt, ['build', 'qemu', '--output', folder], { stdio: ['ignore', 2, 2] });
  process.env.BASALT_TEST_IMAGE = folder;
  return async () => {
    process.env.BASALT_TEST_IMAGE = '';
    await rm(folder, { recursive: true, force: true });
  };
}
