/** Programs of Debian that only tests need: fetched into the store as a build's packages are, and unpacked in a folder. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Downloads } from '../../src/packages/downloads.ts';
import { canonicalJson, digestBytes } from '../../src/store/digest.ts';
import { defaultStoreDirectory, Store } from '../../src/store/store.ts';
import { Apt } from '../../src/tools/apt.ts';
import { debianMirrorsOf, debianSources } from '../../src/tools/apt-sources.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';

/**
 * Unpacks packages with what they depend on, as far as the tools tree has it not installed already. No maintainer script
 * runs.
 * @param names Of packages of Debian 13.
 * @param folder Gets the tree.
 */
export async function unpackDebian(
  toolbox: Toolbox,
  names: readonly string[],
  folder: string,
): Promise<void> {
  const store = new Store(defaultStoreDirectory());
  const { signal } = new AbortController();
  const mirrors = (await debianMirrorsOf('/')) ?? (await debianMirrorsOf(toolbox.root));
  if (mirrors === undefined) throw new Error('no Debian mirror is known');
  const sources = debianSources({
    mirrors,
    suite: 'trixie',
    components: ['main'],
    updates: true,
    security: true,
  });
  // The same lists as those of a recipe with these sources.
  const directory = join(store.directory, 'lists', digestBytes(canonicalJson(sources)).slice(0, 16));
  const apt = new Apt({ toolbox, directory, sources, architecture: 'amd64', binds: [], signal });
  if ((await apt.listsFetchedAt()) === undefined) {
    await apt.prepare();
    await apt.update();
  }
  const installed = new Set(toolbox.packages.map(({ name }) => name));
  const nameOf = (exactName: string) => exactName.split('=')[0] ?? '';
  const wanted = (await apt.solve(names)).filter(({ exactName }) => !installed.has(nameOf(exactName)));
  const downloads = new Downloads(store);
  await Promise.all(wanted.map((each) => downloads.fetch(each, signal, () => undefined)));
  await mkdir(folder, { recursive: true });
  await toolbox.run(['sh', '-euc', 'for deb in /in/*; do dpkg-deb -x "$deb" /out; done'], {
    binds: [
      ...wanted.map(({ sha256 }) => ({ source: store.objectPath(sha256), target: `/in/${sha256}` })),
      { source: folder, target: '/out', writable: true },
    ],
  });
}
