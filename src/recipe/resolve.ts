/** From merged fragments to the resolved recipe: defaults, and the checks that need all files together. */
import type { Problem } from '../errors.ts';
import type { Origin } from '../yaml/origin.ts';
import { checkCompression, compressionOf } from './compression.ts';
import { recipeDefaults as byDefault } from './defaults.ts';
import type { Assigned, Fragment, PathEntry, UserPart } from './fragment.ts';
import { checkPartitions, partitionSizes } from './partitions.ts';
import type { Mirror, PackageRequest, Recipe, UserEntry } from './recipe.ts';
import { updateFiles } from './update-files.ts';

type EntryOf<K> = Omit<Extract<PathEntry, { kind: K }>, 'kind'>;

/** What the files themselves tell, besides their merged content. */
export type RecipeHead = Pick<Recipe, 'name' | 'description' | 'sources' | 'features'>;

/** Fills in defaults. `byDefaultAt` is the origin of what no file wrote. */
export function resolveRecipe(head: RecipeHead, merged: Fragment, byDefaultAt: Origin): Recipe {
  const { replaced } = merged;
  const suite = replaced.suite ?? byDefault.suite;
  const components = replaced.components ?? byDefault.components;
  return {
    ...head,
    suite,
    architecture: replaced.architecture ?? byDefault.architecture,
    components,
    updates: replaced.updates ?? byDefault.updates,
    security: replaced.security ?? byDefault.security,
    mirrors: (replaced.mirrors ?? []).map(
      (mirror): Mirror => ({
        uri: mirror.uri,
        suites: mirror.suites ?? [suite],
        components: mirror.components ?? components,
        keyring: mirror.keyring,
      }),
    ),
    packages: { add: inList(merged.packages, 'add'), drop: inList(merged.packages, 'drop') },
    kernel: {
      package: replaced.kernelPackage ?? { name: byDefault.kernelPackage, origin: byDefaultAt },
      arguments: merged.kernelArguments,
      modules: { drop: merged.droppedModules, keep: merged.keptModules },
    },
    initrd: { packages: merged.initrdPackages, modules: merged.initrdModules, drivers: merged.initrdDrivers },
    live: { packages: merged.livePackages, arguments: merged.liveArguments },
    overlays: merged.overlays,
    files: [...ofKind(merged.entries, 'file'), ...updateFiles(merged.update)],
    directories: ofKind(merged.entries, 'directory'),
    links: ofKind(merged.entries, 'link'),
    users: merged.users.map(userOf),
    accountIds: merged.accountIds,
    systemd: {
      enable: namesIn(merged.units, 'enable'),
      disable: namesIn(merged.units, 'disable'),
      mask: namesIn(merged.units, 'mask'),
      defaultTarget: replaced.defaultTarget ?? byDefault.defaultTarget,
    },
    trim: {
      documentation: replaced.documentation ?? byDefault.documentation,
      manPages: replaced.manPages ?? byDefault.manPages,
      keepLocales: replaced.keepLocales,
      paths: merged.trimPaths,
    },
    partitions: partitionSizes(merged.partitions),
    compression: compressionOf(merged.compression),
    formats: [...new Set(replaced.formats ?? byDefault.formats)],
    hooks: merged.hooks,
    variables: merged.variables,
  };
}

/**
 * Problems between files and between sections.
 * @param skip Top-level keys that were invalid somewhere: what they add up to would be misleading.
 */
export function checkMerged(merged: Fragment, skip: ReadonlySet<string>): Problem[] {
  const unless = (keys: readonly string[], check: () => Problem[]) =>
    keys.some((key) => skip.has(key)) ? [] : check();
  return [
    ...unless(['partitions'], () => checkPartitions(merged.partitions, partitionSizes(merged.partitions))),
    ...unless(['compression'], () => checkCompression(merged.compression, compressionOf(merged.compression))),
    ...unless(['files', 'links', 'directories'], () => checkParents(merged.entries)),
    ...unless(['users'], () => checkUids(merged)),
  ];
}

/** Nothing can be inside of a file, and what is put through a link lands elsewhere than it says. */
function checkParents(entries: readonly PathEntry[]): Problem[] {
  const kinds = new Map(entries.map((entry) => [entry.path, entry]));
  return entries.flatMap((entry) => {
    const parents = entry.path.split('/').map((_, index, segments) => segments.slice(0, index).join('/'));
    const parent = parents
      .map((path) => kinds.get(path))
      .find((found) => found !== undefined && found.kind !== 'directory');
    if (parent === undefined) return [];
    const message = `"${entry.path}" is inside of "${parent.path}", which ${parent.origin.file}:${parent.origin.line} makes a ${parent.kind}`;
    return [{ ...entry.origin, message, hint: 'move one of the two' }];
  });
}

function checkUids({ users }: Fragment): Problem[] {
  return users.flatMap((user, index) => {
    const { uid } = user.settings;
    const other = users.slice(0, index).find((earlier) => uid !== undefined && earlier.settings.uid === uid);
    if (other === undefined) return [];
    return [
      {
        ...user.origin,
        message: `user "${user.name}" has the uid ${uid}, which "${other.name}" has too`,
        hint: 'give each user its own uid',
      },
    ];
  });
}

function userOf({ name, settings, groups, sshAuthorizedKeys, origin }: UserPart): UserEntry {
  return {
    name,
    uid: settings.uid,
    group: settings.group,
    groups,
    shell: settings.shell ?? byDefault.shell,
    home: settings.home ?? `/home/${name}`,
    description: settings.description ?? '',
    sshAuthorizedKeys,
    origin,
  };
}

function inList<L extends string>(items: readonly Assigned<L>[], list: L): PackageRequest[] {
  return items.filter((item) => item.list === list).map(({ name, origin }) => ({ name, origin }));
}

function namesIn<L extends string>(items: readonly Assigned<L>[], list: L): string[] {
  return inList(items, list).map((item) => item.name);
}

/** The entries of one kind, without the tag. */
function ofKind<K extends PathEntry['kind']>(entries: readonly PathEntry[], kind: K): EntryOf<K>[] {
  return entries.flatMap(({ kind: own, ...entry }) => (own === kind ? [entry as unknown as EntryOf<K>] : []));
}
