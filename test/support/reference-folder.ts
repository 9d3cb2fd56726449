/** Names a folder where the first test that needs it puts the reference build (builder.ts); it goes with the run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-reference-'));
  process.env.BASALT_TEST_REFERENCE = folder;
  return () => rm(folder, { recursive: true, force: true });
}
