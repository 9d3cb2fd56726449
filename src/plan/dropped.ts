/** Which packages leave the image again after they were installed. Pure. */
import type { Lock } from '../packages/lock.ts';
import { closure, PackageIndex } from '../packages/order.ts';

/**
 * Dropped are the packages the recipe drops, and those that nothing kept needs: a kept package is asked for by
 * the recipe, essential, or a dependency of a kept package.
 */
export function droppedPackages(
  lock: Lock,
  requested: ReadonlySet<string>,
  drop: ReadonlySet<string>,
): string[] {
  const index = new PackageIndex(lock.root);
  const roots = lock.root.filter((entry) => requested.has(entry.name) || entry.essential);
  const kept = closure(index, roots, (entry) => drop.has(entry.name));
  return lock.root
    .filter((entry) => !kept.has(entry))
    .map((entry) => entry.name)
    .sort();
}
