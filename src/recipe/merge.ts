/**
 * How the files of a recipe combine, from the base over the features to the recipe itself and the command
 * line: scalars and choices replace, lists add up, entries with the same path replace, a user of the same name is
 * merged likewise. A package or unit is only in the list that the latest file put it in.
 */
import type { Fragment, UserPart } from './fragment.ts';

/** Merges two fragments: what `over` says wins. */
export function merge(base: Fragment, over: Fragment): Fragment {
  return {
    replaced: { ...base.replaced, ...over.replaced },
    update: { ...base.update, ...over.update },
    partitions: { ...base.partitions, ...over.partitions },
    compression: mergeCompression(base.compression, over.compression),
    packages: lastAssigned([...base.packages, ...over.packages]),
    units: lastAssigned([...base.units, ...over.units]),
    initrdPackages: firstOf([...base.initrdPackages, ...over.initrdPackages], (request) => request.name),
    initrdModules: firstOf([...base.initrdModules, ...over.initrdModules]),
    initrdDrivers: firstOf([...base.initrdDrivers, ...over.initrdDrivers]),
    livePackages: firstOf([...base.livePackages, ...over.livePackages], (request) => request.name),
    liveArguments: lastOf([...base.liveArguments, ...over.liveArguments], settingOf),
    // The last of several consoles is the main one, so a repeated argument counts where it stands last.
    kernelArguments: lastOf([
      ...base.kernelArguments.filter((argument) => !over.droppedArguments.includes(argument)),
      ...over.kernelArguments,
    ]),
    droppedArguments: firstOf([...base.droppedArguments, ...over.droppedArguments]),
    droppedModules: firstOf([...base.droppedModules, ...over.droppedModules]),
    keptModules: firstOf([...base.keptModules, ...over.keptModules]),
    overlays: firstOf([...base.overlays, ...over.overlays], (overlay) => overlay.source),
    entries: lastOf([...base.entries, ...over.entries], (entry) => entry.path),
    users: mergeUsers([...base.users, ...over.users]),
    accountIds: { ...base.accountIds, ...over.accountIds },
    trimPaths: firstOf([...base.trimPaths, ...over.trimPaths]),
    hooks: [...base.hooks, ...over.hooks],
    variables: { ...base.variables, ...over.variables },
  };
}

/** A level or block size belongs to the algorithm and file system it was written for. */
function mergeCompression(
  base: Fragment['compression'],
  over: Fragment['compression'],
): Fragment['compression'] {
  const newFilesystem =
    over.filesystem !== undefined && over.filesystem.value !== (base.filesystem?.value ?? 'squashfs');
  if (newFilesystem) return over;
  const newAlgorithm =
    over.algorithm !== undefined && over.algorithm.value !== (base.algorithm?.value ?? 'zstd');
  const { level, ...rest } = base;
  return { ...rest, ...(newAlgorithm || level === undefined ? {} : { level }), ...over };
}

/** A feature can put the base's user into a group without repeating the rest of it. */
function mergeUsers(parts: readonly UserPart[]): UserPart[] {
  const byName = new Map<string, UserPart>();
  for (const part of parts) {
    const earlier = byName.get(part.name) ?? { ...part, settings: {}, groups: [], sshAuthorizedKeys: [] };
    byName.set(part.name, {
      ...earlier,
      settings: { ...earlier.settings, ...part.settings },
      groups: firstOf([...earlier.groups, ...part.groups]),
      sshAuthorizedKeys: firstOf([...earlier.sshAuthorizedKeys, ...part.sshAuthorizedKeys]),
    });
  }
  return [...byName.values()];
}

/** Each name in the list it was put in last; who asks again for the same is not the one who asked. */
function lastAssigned<T extends { readonly name: string; readonly list: string }>(items: readonly T[]): T[] {
  const byName = new Map<string, T>();
  for (const item of items) {
    if (byName.get(item.name)?.list === item.list) continue;
    byName.delete(item.name);
    byName.set(item.name, item);
  }
  return [...byName.values()];
}

function firstOf<T>(items: readonly T[], keyOf: (item: T) => unknown = (item) => item): T[] {
  const seen = new Set<unknown>();
  return items.filter((item) => !seen.has(keyOf(item)) && seen.add(keyOf(item)));
}

/** The installer's arguments may each be there once, so the extending recipe's takes the place of the inherited one. */
function settingOf(argument: string): string {
  return /^basalt\.install\.[^=]*/.exec(argument)?.[0] ?? argument;
}

function lastOf<T>(items: readonly T[], keyOf: (item: T) => unknown = (item) => item): T[] {
  return firstOf(items.toReversed(), keyOf).reverse();
}
