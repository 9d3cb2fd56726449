/** A small disk with a vfat file system, without partitions, made by the tools tree. */
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Toolbox } from '../../src/tools/toolbox.ts';

const SIZE_BYTES = 4 * 1024 * 1024;

/** @param path The new image. @param files Content by name; no folders. */
export async function vfatDisk(
  toolbox: Toolbox,
  path: string,
  label: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-vfat-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await writeFile(path, '');
    await truncate(path, SIZE_BYTES);
    const image = `/disk/${basename(path)}`;
    const binds = [
      { source: dirname(path), target: '/disk', writable: true },
      { source: folder, target: '/files' },
    ];
    await toolbox.run(['mkfs.vfat', '-n', label, image], { binds });
    await toolbox.run(['mcopy', '-i', image, ...Object.keys(files).map((name) => `/files/${name}`), '::'], {
      binds,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
