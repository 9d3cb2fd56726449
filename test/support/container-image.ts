/** A container image made from the busybox of a Debian package: tests have no registry to pull from. */
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { MIB } from '../../src/units.ts';

/**
 * Makes a raw disk that holds one tar: a root with a static busybox. In the machine:
 * `docker import - busybox < /dev/disk/by-id/virtio-container`.
 */
export async function containerDisk(toolbox: Toolbox, folder: string): Promise<string> {
  const root = join(folder, 'container');
  await mkdir(join(root, 'bin'), { recursive: true });
  await copyFile(join(toolbox.root, 'usr/bin/busybox'), join(root, 'bin/busybox'));
  for (const name of ['sh', 'echo', 'cat', 'wget']) await symlink('busybox', join(root, 'bin', name));
  const disk = join(folder, 'container.tar');
  execFileSync('tar', ['-C', root, '--owner=0', '--group=0', '-cf', disk, '.']);
  execFileSync('truncate', ['--size', `%${MIB}`, disk]);
  return disk;
}
