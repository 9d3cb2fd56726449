/** Which entries of a store may go. Pure. */
import type { Inventory, StoreEntry } from './inventory.ts';

/** What kinds of entry there are. */
export const removalKinds = ['record', 'object', 'part', 'output', 'list', 'tools'] as const;
export type RemovalKind = (typeof removalKinds)[number];

/** An entry that may go. */
export interface Removal extends StoreEntry {
  readonly kind: RemovalKind;
}

/** What decides. */
export interface CleanRules {
  /** In ms since 1970. */
  readonly now: number;
  /** Entries that were not used for so long go. */
  readonly olderThanMs: number;
  /** Everything goes, whatever its age. */
  readonly all: boolean;
  /** This version's tools tree: it goes only with `all`. */
  readonly toolsRoot: string;
}

/**
 * An object exists for a moment before the record that names it, and a fetched package until the whole fetch is
 * done: an unreferenced object younger than this may belong to a running build.
 */
const UNREFERENCED_GRACE_MS = 24 * 3600 * 1000;

/** Selects what goes; records before objects, so that no record ever names an object that is gone on purpose. */
export function selectRemovals(inventory: Inventory, rules: CleanRules): readonly Removal[] {
  const { now, olderThanMs, all, toolsRoot } = rules;
  const unused =
    (ageMs: number) =>
    ({ usedAt }: StoreEntry) =>
      all || now - usedAt > ageMs;
  const of = (kind: RemovalKind, entries: readonly StoreEntry[]) =>
    entries.map(({ path, sizeBytes, usedAt }) => ({ kind, path, sizeBytes, usedAt }));

  const records = inventory.records.filter(unused(olderThanMs));
  const kept = inventory.records.filter((record) => !records.includes(record));
  const named = new Set(kept.flatMap(({ objects }) => objects));
  const grace = unused(Math.min(olderThanMs, UNREFERENCED_GRACE_MS));
  const objects = inventory.objects.filter((object) => !named.has(object.sha256) && grace(object));
  return [
    ...of('record', records),
    ...of('object', objects),
    ...of('part', inventory.parts.filter(grace)),
    ...of('output', inventory.outputs.filter(unused(olderThanMs))),
    ...of('list', inventory.lists.filter(unused(olderThanMs))),
    ...of(
      'tools',
      inventory.tools.filter((tree) => all || (tree.path !== toolsRoot && unused(olderThanMs)(tree))),
    ),
  ];
}
