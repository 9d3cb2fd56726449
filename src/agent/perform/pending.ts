/** What may be on a machine while a run is under way: what was there, and what is to be. */
import type { Placed } from '../state/placed.ts';
import type { WantedEnabling } from '../wanted/wanted.ts';

/**
 * The union of both: finishing and taking back start from it.
 * @param enabling What is going to be enabled.
 */
export function unionOf(before: Placed, after: Placed, enabling: readonly WantedEnabling[] = []): Placed {
  const begun = new Set(enabling.map(keyOf));
  return {
    paths: union(before.paths, after.paths, ({ path }) => path).map((item) => {
      const { sha256, ...unknown } = item;
      return after.paths.includes(item)
        ? unknown
        : { ...unknown, ...(sha256 === undefined ? {} : { sha256 }) };
    }),
    folders: [...new Set([...before.folders, ...after.folders])].sort(),
    users: union(before.users, after.users, ({ name }) => name).map((user) => {
      const earlier = before.users.find(({ name }) => name === user.name) ?? user;
      return {
        name: user.name,
        created: earlier.created || user.created,
        locked: earlier.locked || user.locked,
        before: { ...user.before, ...earlier.before },
        groups: [...new Set([...earlier.groups, ...user.groups])],
      };
    }),
    enabled: union(before.enabled, after.enabled, keyOf).map((item) => {
      const earlier = before.enabled.find((other) => keyOf(other) === keyOf(item)) ?? item;
      const links = [...new Set([...earlier.links, ...item.links])];
      const isUnsure = item.unsure === true || begun.has(keyOf(item));
      return { ...item, links, ...(isUnsure ? { unsure: true } : {}) };
    }),
    fetchedKeys: after.fetchedKeys,
  };
}

function keyOf({ unit, runtime }: WantedEnabling): string {
  return `${unit} ${runtime}`;
}

function union<T>(before: readonly T[], after: readonly T[], key: (item: T) => string): T[] {
  return [...new Map([...before, ...after].map((item) => [key(item), item])).values()];
}
