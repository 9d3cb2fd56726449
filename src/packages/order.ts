/** Orders packages for unpacking and finds the ones that must work before any maintainer script runs. */
import type { LockedPackage } from './lock.ts';

/** Finds packages by name or by what they provide. */
export class PackageIndex {
  private readonly byName = new Map<string, LockedPackage[]>();

  constructor(readonly packages: readonly LockedPackage[]) {
    for (const entry of packages) {
      for (const name of [entry.name, ...entry.provides]) {
        const found = this.byName.get(name);
        if (found) found.push(entry);
        else this.byName.set(name, [entry]);
      }
    }
  }

  /** The packages that can satisfy one group of alternatives, those of the first alternative that is present. */
  satisfying(alternatives: readonly string[]): readonly LockedPackage[] {
    for (const name of alternatives) {
      const exact = this.byName.get(name);
      if (exact) return exact;
    }
    return [];
  }

  /** Direct dependencies that are present. */
  dependenciesOf(entry: LockedPackage): LockedPackage[] {
    return [...entry.preDepends, ...entry.depends].flatMap((group) => this.satisfying(group));
  }
}

/** Everything reachable from `roots` over dependencies, without going through `cut`. */
export function closure(
  index: PackageIndex,
  roots: readonly LockedPackage[],
  cut: (entry: LockedPackage) => boolean = () => false,
): Set<LockedPackage> {
  const reached = new Set<LockedPackage>();
  const waiting = roots.filter((entry) => !cut(entry));
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    if (reached.has(entry)) continue;
    reached.add(entry);
    for (const next of index.dependenciesOf(entry)) if (!cut(next) && !reached.has(next)) waiting.push(next);
  }
  return reached;
}

/**
 * The order in which dpkg unpacks: essential packages and what they need first, a package after what it
 * pre-depends on, otherwise dependencies first and names in order. Cycles are broken at the package met first.
 */
export function unpackOrder(packages: readonly LockedPackage[]): {
  order: LockedPackage[];
  essential: LockedPackage[];
} {
  const index = new PackageIndex(packages);
  const byName = [...packages].sort((a, b) => (a.name < b.name ? -1 : 1));
  const order: LockedPackage[] = [];
  const seen = new Set<LockedPackage>();
  const visit = (entry: LockedPackage): void => {
    if (seen.has(entry)) return;
    seen.add(entry);
    for (const group of [...entry.preDepends, ...entry.depends])
      for (const next of index.satisfying(group)) visit(next);
    order.push(entry);
  };
  // base-files makes the folders and base-passwd the users that every other package's files are given to.
  for (const name of ['base-files', 'base-passwd'])
    for (const entry of byName) if (entry.name === name) visit(entry);
  const essential = closure(
    index,
    byName.filter((entry) => entry.essential),
  );
  for (const entry of byName) if (essential.has(entry)) visit(entry);
  for (const entry of byName) visit(entry);
  return { order, essential: order.filter((entry) => essential.has(entry)) };
}
