/** Stores for measurements: hard links to a prepared store's objects, so that making one takes a moment. */
import { cp, link, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Lock } from '../src/packages/lock.ts';

/**
 * Makes a store that knows nothing but downloads: package files, package lists and the tools tree.
 * @param from A store in which an image with this lock was built.
 */
export async function storeOfDownloads(from: string, to: string, lockFile: string): Promise<void> {
  await freshStore(from, to);
  const lock = JSON.parse(await readFile(lockFile, 'utf8')) as Lock;
  for (const { sha256 } of [...lock.root, ...lock.initrd, ...lock.kernel]) {
    const path = join('objects', sha256.slice(0, 2), sha256);
    await mkdir(dirname(join(to, path)), { recursive: true });
    await link(join(from, path), join(to, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** Makes a store with everything that another one has. */
export async function storeOfEverything(from: string, to: string): Promise<void> {
  await freshStore(from, to);
  for (const folder of ['objects', 'records']) {
    const names = await readdir(join(from, folder), { recursive: true, withFileTypes: true });
    for (const file of names.filter((entry) => entry.isFile())) {
      const target = join(to, file.parentPath.slice(from.length), file.name);
      await mkdir(dirname(target), { recursive: true });
      await link(join(file.parentPath, file.name), target);
    }
  }
}

async function freshStore(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await mkdir(to, { recursive: true });
  await cp(join(from, 'lists'), join(to, 'lists'), { recursive: true, preserveTimestamps: true });
  await symlink(join(from, 'tools'), join(to, 'tools'));
}
