/** Debian packages that have a changelog, in a store as a build leaves them there. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestFile } from '../../src/store/digest.ts';
import type { Store } from '../../src/store/store.ts';
import { testToolbox } from './toolbox.ts';

/** An entry as deb-changelog(5) has it. */
export function changelogEntry(version: string, text: string): string {
  return `tool (${version}) trixie; urgency=medium\n\n  * ${text}\n\n -- A <a@example.org>  Sat, 21 Nov 2026 10:00:00 +0000\n`;
}

/**
 * Makes a .deb with these files, and puts it into the store.
 * @param folder For what it is made from.
 * @returns Its SHA-256.
 */
export async function makeChangelogPackage(
  folder: string,
  store: Store,
  name: string,
  files: Readonly<Record<string, Buffer>>,
): Promise<string> {
  const tree = join(folder, name);
  const all = {
    'DEBIAN/control': Buffer.from(
      `Package: ${name}\nVersion: 2\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a test\n`,
    ),
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
  const toolbox = await testToolbox();
  await toolbox.run(['dpkg-deb', '--root-owner-group', '--build', `/in/${name}`, `/in/${name}.deb`], {
    binds: [{ source: folder, target: '/in', writable: true }],
  });
  const sha256 = await digestFile(join(folder, `${name}.deb`));
  await mkdir(dirname(store.objectPath(sha256)), { recursive: true });
  await rename(join(folder, `${name}.deb`), store.objectPath(sha256));
  return sha256;
}
