/** What may be on a machine while a run is under way: what was there, and what is to be. */
import type { Placed } from '../state/placed.ts';

/**
 * The union of both. Where both know a thing, the newer record counts, but for what was there before the agent came: of
 * that, both know the same.
 */
export function unionOf(before: Placed, after: Placed): Placed {
  return {
    paths: union(before.paths, after.paths, ({ path }) => path).map((item) => {
      const { sha256, ...unknown } = item;
      return after.paths.includes(item)
        ? unknown
        : { ...unknown, ...(sha256 === undefined ? {} : { sha256 }) };
    }),
    folders: [...new Set([...before.folders, ...after.folders])].sort(),
    users: union(before.users, after.users, ({ name }) => name),
    enabled: union(before.enabled, after.enabled, ({ unit, runtime }) => `${unit} ${runtime}`),
    fetchedKeys: after.fetchedKeys,
  };
}

function union<T>(before: readonly T[], after: readonly T[], key: (item: T) => string): T[] {
  return [...new Map([...before, ...after].map((item) => [key(item), item])).values()];
}
