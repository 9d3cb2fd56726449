/** Disks for installations: sparse files behind loop devices, detached whatever happens. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../src/exec/run.ts';

export interface LoopDisk {
  /** `/dev/loop3`. */
  readonly path: string;
  /** The file behind it. */
  readonly file: string;
}

/** Gives `work` an empty disk. @param sectorBytes 512 or 4096. */
export async function withLoopDisk<T>(
  { sizeBytes, sectorBytes = 512 }: { readonly sizeBytes: number; readonly sectorBytes?: number },
  work: (disk: LoopDisk) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-loop-'));
  const file = join(folder, 'disk.img');
  try {
    const handle = await open(file, 'w');
    await handle.truncate(sizeBytes);
    await handle.close();
    return await withLoopOf(file, work, sectorBytes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same with a file that is there already, and stays. */
export async function withLoopOf<T>(
  file: string,
  work: (disk: LoopDisk) => Promise<T>,
  sectorBytes = 512,
): Promise<T> {
  const { stdout } = await run([
    'losetup',
    '--find',
    '--show',
    '--partscan',
    `--sector-size=${sectorBytes}`,
    file,
  ]);
  try {
    return await work({ path: stdout.trim(), file });
  } finally {
    await run(['losetup', '--detach', stdout.trim()], { accept: [0, 1] });
  }
}
