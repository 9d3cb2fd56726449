/** The tools tree for tests that run real tools. */
import { currentIdentity } from '../../src/exec/identity.ts';
import { defaultStoreDirectory, Store } from '../../src/store/store.ts';
import { Toolbox } from '../../src/tools/toolbox.ts';
import { readToolsPackages } from '../../src/tools/tools-packages.ts';
import { openToolsTree } from '../../src/tools/tools-tree.ts';

/**
 * Opens the tools tree of the machine's own store, so that it is made once and not for each test file.
 * `BASALT_TEST_TOOLS` names another tree, to work on the tools themselves.
 */
export async function testToolbox(signal: AbortSignal = new AbortController().signal): Promise<Toolbox> {
  const identity = currentIdentity();
  const folder = process.env.BASALT_TEST_TOOLS;
  if (folder !== undefined) return new Toolbox(folder, await readToolsPackages(folder), identity);
  const store = new Store(defaultStoreDirectory());
  return openToolsTree({ store, identity, signal, onMessage: () => undefined });
}
