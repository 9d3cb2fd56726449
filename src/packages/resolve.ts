/** Resolves a recipe's package requests to a lock: apt does the solving, on the build's own package lists. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Problem, ToolError, UserError } from '../errors.ts';
import type { Bind } from '../exec/sandbox.ts';
import { wantsLive } from '../formats/live.ts';
import type { PackageRequest, Recipe } from '../recipe/recipe.ts';
import { canonicalJson, digestBytes } from '../store/digest.ts';
import type { Store } from '../store/store.ts';
import { Apt, type AptDownload } from '../tools/apt.ts';
import { type AptSource, type DebianMirrors, debianMirrorsOf, debianSources } from '../tools/apt-sources.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { parseParagraphs, parseRelations } from './control.ts';
import { type Lock, type LockedPackage, type PackageSet, packageSets, parseLock } from './lock.ts';
import { nearNames } from './near-names.ts';

const LISTS_FRESH_MS = 24 * 3600 * 1000;

/** `auto` fetches package lists when they are older than a day; `never` works without a network. */
export type RefreshPolicy = 'auto' | 'always' | 'never';

export interface ResolveOptions {
  readonly recipe: Recipe;
  readonly store: Store;
  readonly toolbox: Toolbox;
  /** From --mirror and --security-mirror; otherwise what the machine's apt uses. */
  readonly mirrors: DebianMirrors | undefined;
  readonly refresh: RefreshPolicy;
  readonly signal: AbortSignal;
  readonly now: number;
  readonly onWarning: (text: string) => void;
  readonly onMessage: (text: string) => void;
}

/**
 * Resolves a recipe, from the store when the same request was answered for the same package lists.
 * @throws {UserError} when a package does not exist (with near names), or there is no solution (with apt's words).
 */
export async function resolvePackages(options: ResolveOptions): Promise<Lock> {
  const { recipe, store, signal } = options;
  const { sources, binds } = await sourcesOf(options);
  const directory = join(store.directory, 'lists', digestBytes(canonicalJson(sources)).slice(0, 16));
  const apt = new Apt({
    toolbox: options.toolbox,
    directory,
    sources,
    architecture: recipe.architecture,
    binds,
    signal,
  });

  const unlock = await store.lock(`lists-${digestBytes(directory).slice(0, 16)}`, {
    signal,
    onWait: () => options.onMessage('waiting for another build to resolve packages'),
  });
  try {
    await refreshLists(apt, options, sources);
    const request = requestDigest(recipe);
    const key = digestBytes(
      canonicalJson({
        step: 'resolve',
        version: 2,
        request,
        lists: await apt.listsDigest(),
        tools: options.toolbox.digest,
      }),
    );
    const known = await store.readRecord(key);
    const object = known?.objects.lock;
    if (object && (await store.verifyObject(object, signal))) {
      return parseLock(await readFile(store.objectPath(object.sha256), 'utf8'), 'stored lock');
    }
    const lock = { ...(await solve(apt, recipe, request)), tools: [...options.toolbox.packages] };
    const stored = await store.put(`${JSON.stringify(lock)}\n`);
    await store.writeRecord(key, { stage: 'resolve', objects: { lock: stored }, values: {} });
    return lock;
  } finally {
    await unlock();
  }
}

/** SHA-256 of what a recipe asks of apt: two recipes with the same answer share it. */
export function requestDigest(recipe: Recipe): string {
  return digestBytes(
    canonicalJson({
      image: recipe.name,
      suite: recipe.suite,
      architecture: recipe.architecture,
      components: recipe.components,
      updates: recipe.updates,
      security: recipe.security,
      sets: Object.fromEntries(
        packageSets
          // An image without a live format asks what it asked before there were any.
          .filter((set) => set !== 'live' || wantsLive(recipe.formats))
          .map((set) => [
            set,
            requestsOf(recipe, set)
              .map(({ name }) => name)
              .sort(),
          ]),
      ),
    }),
  );
}

/** What a recipe asks for, by set. */
export function requestsOf(recipe: Recipe, set: PackageSet): readonly PackageRequest[] {
  switch (set) {
    case 'root':
      return recipe.packages.add;
    case 'initrd':
      return recipe.initrd.packages;
    case 'kernel':
      return [recipe.kernel.package];
    case 'live':
      return wantsLive(recipe.formats) ? recipe.live.packages : [];
  }
}

async function sourcesOf(options: ResolveOptions): Promise<{ sources: AptSource[]; binds: Bind[] }> {
  const { recipe, toolbox } = options;
  const { suite, components, updates, security } = recipe;
  if (options.mirrors === undefined && recipe.mirrors.length > 0) {
    const binds: Bind[] = [];
    const sources = recipe.mirrors.flatMap((mirror, index) => {
      const keyring = mirror.keyring === undefined ? undefined : `/keyrings/${index}.gpg`;
      if (mirror.keyring !== undefined && keyring !== undefined)
        binds.push({ source: mirror.keyring, target: keyring });
      return mirror.suites.map((name) => ({
        uri: mirror.uri,
        suite: name,
        components: mirror.components,
        keyring: keyring ?? '/usr/share/keyrings/debian-archive-keyring.gpg',
      }));
    });
    for (const mirror of recipe.mirrors) {
      if (mirror.uri.startsWith('file:')) binds.push({ source: new URL(mirror.uri).pathname });
    }
    return { sources, binds };
  }
  const mirrors = options.mirrors ?? (await debianMirrorsOf('/')) ?? (await debianMirrorsOf(toolbox.root));
  if (mirrors === undefined) {
    throw new UserError('no-mirror', 'no Debian mirror is known', {
      needed:
        'an apt source of Debian on this machine, `mirrors:` in the recipe, or --mirror and --security-mirror',
    });
  }
  return { sources: debianSources({ mirrors, suite, components, updates, security }), binds: [] };
}

async function refreshLists(apt: Apt, options: ResolveOptions, sources: readonly AptSource[]): Promise<void> {
  const fetchedAt = await apt.listsFetchedAt();
  if (fetchedAt === undefined) await apt.prepare();
  if (fetchedAt !== undefined && options.refresh === 'never') return;
  if (fetchedAt !== undefined && options.refresh === 'auto' && options.now - fetchedAt < LISTS_FRESH_MS)
    return;
  if (fetchedAt === undefined && options.refresh === 'never') {
    throw new UserError('offline', 'there are no package lists in the store yet', {
      next: ['run once without --offline, or build from a lock with --locked FILE'],
    });
  }
  try {
    options.onMessage('fetching the package lists');
    await apt.update();
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const failure = new UserError('mirror-failed', 'cannot fetch the package lists', {
      seen: error.stderrTail,
      where: [...new Set(sources.map(({ uri }) => uri))].join(', '),
      next: [
        'check the network, or name another mirror with --mirror URI',
        'with --offline the lists fetched before are used',
      ],
      cause: error,
    });
    if (fetchedAt === undefined || options.refresh === 'always') throw failure;
    options.onWarning(
      `could not refresh the package lists (${firstLine(error.stderrTail)}); using those of ${new Date(fetchedAt).toISOString()}`,
    );
  }
}

async function solve(apt: Apt, recipe: Recipe, request: string): Promise<Omit<Lock, 'tools'>> {
  await checkNames(apt, recipe);
  const sets: Partial<Record<PackageSet, LockedPackage[]>> = {};
  for (const set of packageSets) {
    const names = requestsOf(recipe, set).map(({ name }) => name);
    sets[set] = await lockSet(apt, set === 'root' ? ['?essential', ...names] : names, set);
  }
  // Of the kernel only the package with the image and its modules is used: what it depends on belongs to other ways of booting.
  const kernel = (sets.kernel ?? []).filter(({ name }) => /^linux-image-\d/.test(name));
  return {
    basaltLock: 1,
    image: recipe.name,
    suite: recipe.suite,
    architecture: recipe.architecture,
    epoch: await apt.releaseDate(),
    request,
    root: sets.root ?? [],
    initrd: sets.initrd ?? [],
    kernel,
    live: laidOver(sets.live ?? [], sets.root ?? [], recipe),
  };
}

/** The packages that the live system has besides the root: the root has the others, but for what is dropped of it. */
function laidOver(
  live: readonly LockedPackage[],
  root: readonly LockedPackage[],
  recipe: Recipe,
): LockedPackage[] {
  const dropped = new Set(recipe.packages.drop.map(({ name }) => name));
  const there = new Set(root.map(({ name }) => name).filter((name) => !dropped.has(name)));
  return live.filter(({ name, essential }) => !there.has(name) && !essential && !dropped.has(name));
}

/** Names every unknown package at once, with near names. */
async function checkNames(apt: Apt, recipe: Recipe): Promise<void> {
  const known = new Set(await apt.packageNames());
  const problems: Problem[] = packageSets
    .flatMap((set) => requestsOf(recipe, set))
    .filter(({ name }) => !known.has(name))
    .map(({ name, origin }) => {
      const near = nearNames(name, known, 4);
      return {
        ...origin,
        message: `no package named ${name} in ${recipe.suite} (${recipe.components.join(', ')})`,
        ...(near.length === 0 ? {} : { hint: `near names: ${near.join(', ')}` }),
      };
    });
  if (problems.length > 0) throw new UserError('package-unknown', 'packages do not exist', { problems });
}

async function lockSet(apt: Apt, names: readonly string[], set: PackageSet): Promise<LockedPackage[]> {
  if (names.length === 0) return [];
  let downloads: AptDownload[];
  try {
    downloads = await apt.solve(names);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new UserError('unsolvable', `apt finds no solution for the ${set} packages`, {
      seen: error.stderrTail,
      cause: error,
    });
  }
  if (downloads.length === 0) return [];
  const wanted = new Map(downloads.map((download) => [download.sha256, download]));
  const records = parseParagraphs(await apt.showRecords(downloads.map(({ exactName }) => exactName)));
  const found = new Map<string, LockedPackage>();
  for (const record of records) {
    const download = wanted.get(record.get('SHA256') ?? '');
    if (download === undefined) continue;
    found.set(download.sha256, {
      name: record.get('Package') ?? '',
      version: record.get('Version') ?? '',
      architecture: record.get('Architecture') ?? '',
      ...(record.has('Source') ? { source: record.get('Source') } : {}),
      sha256: download.sha256,
      sizeBytes: download.sizeBytes,
      installedSizeBytes: Number(record.get('Installed-Size') ?? 0) * 1024,
      uri: download.uri,
      essential: record.get('Essential') === 'yes',
      depends: parseRelations(record.get('Depends')),
      preDepends: parseRelations(record.get('Pre-Depends')),
      provides: parseRelations(record.get('Provides')).flat(),
    });
  }
  const missing = downloads.filter(({ sha256 }) => !found.has(sha256));
  if (missing.length > 0) {
    throw new UserError('record-missing', 'apt gave packages without a record', {
      seen: missing.map(({ uri }) => uri).join('\n'),
    });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
