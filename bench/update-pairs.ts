/** Versions of the qemu image for the bench of updates: as it is now, with one package older, and with an older kernel. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatLock, type Lock, type LockedPackage, parseLock } from '../src/packages/lock.ts';
import { basaltBuild } from './basalt.ts';

export interface Version {
  readonly version: string;
  /** Its output folder. */
  readonly folder: string;
  /** What sets it apart from the newest: packages with their versions, older and newer. */
  readonly change: string;
}

export interface Pairs {
  readonly onePackage: Version;
  readonly kernel: Version;
  readonly newest: Version;
}

interface PairOptions {
  readonly home: string;
  readonly store: string;
  readonly folder: string;
}

/**
 * The older packages are those of the suite without its security updates.
 * @throws {Error} when the suite has no older kernel or no other package that differs.
 */
export async function buildPairs({ home, store, folder }: PairOptions): Promise<Pairs> {
  const build = async (version: string, change: string, extra: readonly string[]): Promise<Version> => {
    const output = join(folder, version);
    await basaltBuild({
      home,
      recipe: 'qemu',
      store,
      output,
      extra: ['--version', version, '--format', 'qcow2', ...extra],
    });
    return { version, folder: output, change };
  };
  const lockOf = async (output: string) => {
    const path = join(output, 'packages.lock.json');
    return parseLock(await readFile(path, 'utf8'), path);
  };
  const newest = await build('3', '', []);
  const lock = await lockOf(newest.folder);
  const old = await build('0', '', ['--set', 'security=false']);
  const oldLock = await lockOf(old.folder);

  const source = oneSource(lock, oldLock);
  const withOnePackage = {
    ...lock,
    root: replaced(lock.root, oldLock.root, (entry) => sourceOf(entry) === source),
  };
  const withKernel = { ...lock, kernel: oldLock.kernel };
  if (versionsOf(lock.kernel) === versionsOf(oldLock.kernel))
    throw new Error('the suite has one kernel only');
  const locked = async (version: string, changed: Lock, change: string) => {
    const path = join(folder, `${version}.lock.json`);
    await writeFile(path, formatLock(changed));
    return build(version, change, ['--locked', path]);
  };
  const names = lock.root.filter((entry) => sourceOf(entry) === source);
  const before = oldLock.root.find((entry) => sourceOf(entry) === source);
  return {
    newest,
    onePackage: await locked(
      '1',
      withOnePackage,
      `${names.map(({ name }) => name).join(', ')} ${before?.version} → ${names[0]?.version}`,
    ),
    kernel: await locked('2', withKernel, `${versionsOf(oldLock.kernel)} → ${versionsOf(lock.kernel)}`),
  };
}

/** The source package that differs and has the most installed bytes: no flattering choice. */
function oneSource(lock: Lock, old: Lock): string {
  const sizes = new Map<string, number>();
  const oldVersions = new Map(old.root.map(({ name, version }) => [name, version]));
  for (const entry of lock.root) {
    const before = oldVersions.get(entry.name);
    if (before === undefined || before === entry.version) continue;
    sizes.set(sourceOf(entry), (sizes.get(sourceOf(entry)) ?? 0) + entry.installedSizeBytes);
  }
  const [largest] = [...sizes].sort(([, left], [, right]) => right - left);
  if (largest === undefined) throw new Error('the suite has no package in two versions');
  return largest[0];
}

function replaced(
  packages: readonly LockedPackage[],
  by: readonly LockedPackage[],
  which: (entry: LockedPackage) => boolean,
): LockedPackage[] {
  return packages.map((entry) =>
    which(entry) ? (by.find(({ name }) => name === entry.name) ?? entry) : entry,
  );
}

function sourceOf({ name, source }: LockedPackage): string {
  return (source ?? name).split(' ')[0] ?? name;
}

function versionsOf(packages: readonly LockedPackage[]): string {
  return packages.map(({ version }) => version).join(', ');
}
