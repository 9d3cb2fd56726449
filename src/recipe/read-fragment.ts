/** From a valid file to its fragment: paths made absolute, sizes in bytes, the place of each entry kept. */
import { resolve } from 'node:path';
import { parseSize } from '../units.ts';
import type { ValuePath } from '../yaml/value-path.ts';
import { recipeDefaults as byDefault } from './defaults.ts';
import type { Assigned, Fragment, Located, PathEntry, UserPart } from './fragment.ts';
import type { FileContent, PackageRequest } from './recipe.ts';
import type { RecipeDocument } from './schema.ts';
import type { RecipeSource } from './source.ts';

/** Reads a fragment from a file that passed validation. */
export function fragmentOf(source: RecipeSource, document: RecipeDocument): Fragment {
  const { kernel, initrd, live, packages, systemd, trim, update, partitions, compression } = document;
  const path = (written: string) => resolve(source.folder, written);
  const named = (at: ValuePath, names: readonly string[] = []): PackageRequest[] =>
    names.map((name, index) => ({ name, origin: source.place([...at, index]) }));
  const assigned = <L extends string>(
    section: string,
    list: L,
    names: readonly string[] = [],
  ): Assigned<L>[] => named([section, list], names).map((request) => ({ ...request, list }));
  return {
    replaced: said({
      suite: document.suite,
      architecture: document.architecture,
      components: document.components,
      updates: document.updates,
      security: document.security,
      mirrors: document.mirrors?.map((mirror) => ({
        ...mirror,
        keyring: mirror.keyring && path(mirror.keyring),
      })),
      formats: document.formats,
      documentation: trim?.documentation,
      manPages: trim?.manPages,
      keepLocales: trim?.keepLocales,
      kernelPackage:
        kernel?.package === undefined
          ? undefined
          : { name: kernel.package, origin: source.place(['kernel', 'package']) },
      defaultTarget: systemd?.defaultTarget,
    }),
    update: located(source, 'update', { ...update, root: update?.root && path(update.root) }),
    partitions: located(source, 'partitions', sizesOf(partitions ?? {})),
    compression: located(source, 'compression', {
      filesystem: compression?.filesystem,
      algorithm: compression?.algorithm,
      level: compression?.level,
      blockSize: sizesOf({ size: compression?.blockSize }).size,
    }),
    packages: [
      ...assigned('packages', 'add', packages?.add),
      ...assigned('packages', 'drop', packages?.drop),
    ],
    units: [
      ...assigned('systemd', 'enable', systemd?.enable),
      ...assigned('systemd', 'disable', systemd?.disable),
      ...assigned('systemd', 'mask', systemd?.mask),
    ],
    initrdPackages: named(['initrd', 'packages'], initrd?.packages),
    initrdModules: initrd?.modules ?? [],
    initrdDrivers: initrd?.drivers ?? [],
    livePackages: named(['live', 'packages'], live?.packages),
    liveArguments: live?.arguments ?? [],
    kernelArguments: kernel?.arguments ?? [],
    droppedArguments: kernel?.dropArguments ?? [],
    droppedModules: kernel?.modules?.drop ?? [],
    keptModules: kernel?.modules?.keep ?? [],
    overlays: (document.overlays ?? []).map((folder, index) => ({
      source: path(folder),
      origin: source.place(['overlays', index]),
    })),
    entries: entriesOf(source, document),
    users: usersOf(source, document),
    accountIds: document.accountIds ?? {},
    trimPaths: trim?.paths ?? [],
    hooks: (document.hooks ?? []).map(({ script, environment = {} }, index) => ({
      script: path(script),
      environment,
      origin: source.place(['hooks', index]),
    })),
    variables: document.variables ?? {},
  };
}

function entriesOf(
  source: RecipeSource,
  { files = [], directories = [], links = [] }: RecipeDocument,
): PathEntry[] {
  const common = (
    entry: {
      mode?: string | undefined;
      owner?: string | number | undefined;
      group?: string | number | undefined;
    },
    mode: string,
  ) => ({
    mode: Number.parseInt(entry.mode ?? mode, 8),
    owner: String(entry.owner ?? byDefault.owner),
    group: String(entry.group ?? byDefault.owner),
  });
  return [
    ...directories.map((entry, index) => ({
      kind: 'directory' as const,
      path: entry.path,
      ...common(entry, byDefault.directoryMode),
      origin: source.place(['directories', index]),
    })),
    ...files.map((entry, index) => ({
      kind: 'file' as const,
      path: entry.path,
      content: contentOf(entry, source.folder),
      ...common(entry, byDefault.fileMode),
      origin: source.place(['files', index]),
    })),
    ...links.map((entry, index) => ({
      kind: 'link' as const,
      path: entry.path,
      target: entry.target,
      origin: source.place(['links', index]),
    })),
  ];
}

function contentOf(file: NonNullable<RecipeDocument['files']>[number], folder: string): FileContent {
  if (file.source !== undefined) return { kind: 'copy', source: resolve(folder, file.source) };
  if (file.template !== undefined) return { kind: 'template', source: resolve(folder, file.template) };
  return { kind: 'text', text: file.content ?? '' };
}

/** The values that were written: spreading them over others must not undo those. */
function said<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const written = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(written) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function usersOf(source: RecipeSource, { users = [] }: RecipeDocument): UserPart[] {
  return users.map(({ name, groups, sshAuthorizedKeys, ...settings }, index) => ({
    name,
    settings: said(settings),
    groups: groups ?? [],
    sshAuthorizedKeys: sshAuthorizedKeys ?? [],
    origin: source.place(['users', index]),
  }));
}

/** The sizes that were written, in bytes. */
function sizesOf<K extends string>(
  sizes: { readonly [key in K]?: string | number | undefined },
): { [key in K]?: number } {
  const written = Object.entries(said(sizes));
  return Object.fromEntries(written.map(([key, size]) => [key, parseSize(String(size))])) as {
    [key in K]?: number;
  };
}

function located<T extends object>(
  source: RecipeSource,
  section: string,
  values: T,
): { [K in keyof T]?: Located<Exclude<T[K], undefined>> } {
  const pairs = Object.entries(said(values)).map(([key, value]) => [
    key,
    { value, origin: source.place([section, key]) },
  ]);
  return Object.fromEntries(pairs) as { [K in keyof T]?: Located<Exclude<T[K], undefined>> };
}
