/** Why a package is in a lock: the requests and the chains of dependencies that brought it in. Pure. */
import type { PackageRequest } from '../recipe/recipe.ts';
import type { Origin } from '../yaml/origin.ts';
import { type Lock, type LockedPackage, type PackageSet, packageSets } from './lock.ts';
import { PackageIndex } from './order.ts';

/** What was asked for, by set, and what the recipe drops again. */
export interface Requests extends Readonly<Record<PackageSet, readonly PackageRequest[]>> {
  readonly drop: readonly PackageRequest[];
  /** Root packages that leave the image again (plan/dropped.ts). */
  readonly dropped: ReadonlySet<string>;
}

/** A step of a chain: a package, and the name it was asked for by when that is one it provides. */
export interface ChainLink {
  readonly name: string;
  readonly as: string | undefined;
}

/** One way in which a package was brought in. */
export interface Chain {
  /** The recipe line it starts from; undefined when it starts from an essential package. */
  readonly request: Origin | undefined;
  /** From what was asked for to the package itself; a single link when it was asked for by name. */
  readonly links: readonly ChainLink[];
}

/** Why a package left the root again. */
export type Drop =
  | { readonly kind: 'recipe'; readonly origin: Origin }
  /** Nothing that was kept needs it. */
  | { readonly kind: 'unneeded' };

/** Why a package is in one set. */
export interface SetReason {
  readonly set: PackageSet;
  readonly version: string;
  readonly sizeBytes: number;
  readonly installedSizeBytes: number;
  /** Every Debian system must have it. */
  readonly essential: boolean;
  /** The shortest from each request, shortest first. */
  readonly chains: readonly Chain[];
  /** Undefined when it stayed. */
  readonly drop: Drop | undefined;
}

/** Why a package is in a lock. */
export interface Why {
  readonly package: string;
  readonly sets: readonly SetReason[];
}

/**
 * Explains a package of a lock.
 * @param name A package's name, or a name that packages provide.
 * @returns One entry for each package of that name; empty when the lock has none.
 */
export function why(lock: Lock, requests: Requests, name: string): readonly Why[] {
  const indexes = packageSets.map((set) => ({ set, index: new PackageIndex(lock[set]) }));
  const names = new Set(
    indexes.flatMap(({ index }) => {
      const found = index.satisfying([name]);
      const exact = found.filter((entry) => entry.name === name);
      return (exact.length > 0 ? exact : found).map((entry) => entry.name);
    }),
  );
  return [...names].sort().map((found) => ({
    package: found,
    sets: indexes.flatMap(({ set, index }) => {
      const entry = index.packages.find((candidate) => candidate.name === found);
      return entry === undefined ? [] : [reasonOf(set, index, entry, requests)];
    }),
  }));
}

function reasonOf(set: PackageSet, index: PackageIndex, entry: LockedPackage, requests: Requests): SetReason {
  const gone = set === 'root' && requests.dropped.has(entry.name);
  return {
    set,
    version: entry.version,
    sizeBytes: entry.sizeBytes,
    installedSizeBytes: entry.installedSizeBytes,
    essential: entry.essential,
    chains: chainsTo(set, index, entry, requests, gone),
    drop: gone ? dropOf(entry.name, requests.drop) : undefined,
  };
}

function dropOf(name: string, drop: readonly PackageRequest[]): Drop {
  const line = drop.find((request) => request.name === name);
  return line === undefined ? { kind: 'unneeded' } : { kind: 'recipe', origin: line.origin };
}

function chainsTo(
  set: PackageSet,
  index: PackageIndex,
  target: LockedPackage,
  requests: Requests,
  gone: boolean,
): readonly Chain[] {
  // The lock keeps of the kernel only what its meta package leads to: the chain is one step, and known.
  if (set === 'kernel') return requests.kernel.map((request) => kernelChain(request, target));
  // What stayed, stayed because of packages that stayed: a chain through a dropped one would explain nothing.
  const dropNames = new Set(set === 'root' && !gone ? requests.drop.map(({ name }) => name) : []);
  const steps = stepsTowards(index, target, dropNames);
  const asked = requests[set].flatMap((request) =>
    index.satisfying([request.name]).flatMap((start) => {
      const links = chainFrom(start, request.name, steps);
      return links === undefined ? [] : [{ request: request.origin, links }];
    }),
  );
  const essential =
    set !== 'root'
      ? []
      : index.packages
          .filter((entry) => entry.essential && !requests.root.some(({ name }) => name === entry.name))
          .flatMap((start) => {
            const links = chainFrom(start, start.name, steps);
            return links === undefined ? [] : [{ request: undefined, links }];
          });
  return [...asked, ...essential].sort((a, b) => a.links.length - b.links.length);
}

function kernelChain(request: PackageRequest, target: LockedPackage): Chain {
  const last = { name: target.name, as: undefined };
  const links = request.name === target.name ? [last] : [{ name: request.name, as: undefined }, last];
  return { request: request.origin, links };
}

/** The next step from each package towards the target, and the name by which that step is asked for. */
type Steps = ReadonlyMap<LockedPackage, { readonly next: LockedPackage; readonly as: string } | undefined>;

/** Walks the dependencies backwards, nearest packages first: each package's step is on a shortest chain. */
function stepsTowards(index: PackageIndex, target: LockedPackage, avoided: ReadonlySet<string>): Steps {
  const needers = new Map<LockedPackage, { by: LockedPackage; as: string }[]>();
  for (const by of index.packages) {
    for (const group of [...by.preDepends, ...by.depends]) {
      const as = group.find((name) => index.satisfying([name]).length > 0);
      if (as === undefined) continue;
      for (const needed of index.satisfying([as])) {
        const known = needers.get(needed);
        if (known) known.push({ by, as });
        else needers.set(needed, [{ by, as }]);
      }
    }
  }
  const steps = new Map<LockedPackage, { next: LockedPackage; as: string } | undefined>([
    [target, undefined],
  ]);
  const waiting = [target];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    for (const { by, as } of needers.get(at) ?? []) {
      if (steps.has(by) || avoided.has(by.name)) continue;
      steps.set(by, { next: at, as });
      waiting.push(by);
    }
  }
  return steps;
}

function chainFrom(start: LockedPackage, askedAs: string, steps: Steps): readonly ChainLink[] | undefined {
  if (!steps.has(start)) return undefined;
  const links: ChainLink[] = [{ name: start.name, as: askedAs === start.name ? undefined : askedAs }];
  for (let step = steps.get(start); step !== undefined; step = steps.get(step.next)) {
    links.push({ name: step.next.name, as: step.as === step.next.name ? undefined : step.as });
  }
  return links;
}
