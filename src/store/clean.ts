/** Removes from a store what was selected, minding builds that began since. */
import { rm } from 'node:fs/promises';
import type { Identity } from '../exec/identity.ts';
import { removeTree } from '../exec/remove-tree.ts';
import type { Removal } from './clean-selection.ts';
import { entryOf, readRecords } from './inventory.ts';

/**
 * Removes entries.
 * @param removals Records before objects, as `selectRemovals` gives them.
 * @returns What was removed. Left out is what a build used since it was selected.
 */
export async function removeEntries(
  directory: string,
  removals: readonly Removal[],
  identity: Identity,
): Promise<readonly Removal[]> {
  const removed: Removal[] = [];
  const remove = async (removal: Removal) => {
    const now = await entryOf(removal.path);
    if (now === undefined) return;
    if (['list', 'tools'].includes(removal.kind)) await removeTree(removal.path, identity);
    else if (now.usedAt > removal.usedAt) return;
    else await rm(removal.path, { force: true });
    removed.push(removal);
  };
  for (const removal of removals.filter(({ kind }) => kind === 'record')) await remove(removal);
  // A build may have written a record, or kept one by using it, since the objects were selected.
  const named = new Set((await readRecords(directory)).flatMap(({ objects }) => objects));
  for (const removal of removals) {
    if (removal.kind === 'record') continue;
    if (removal.kind === 'object' && named.has(removal.path.slice(removal.path.lastIndexOf('/') + 1)))
      continue;
    await remove(removal);
  }
  return removed;
}
