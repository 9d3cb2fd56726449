/** Builds from mirrors that misbehave: real packages from a real HTTP server, through the real command line. */
import { readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatLock, type LockedPackage } from '../../src/packages/lock.ts';
import { Store } from '../../src/store/store.ts';
import { type DebianMirrors, debianMirrorsOf } from '../../src/tools/apt-sources.ts';
import {
  basalt,
  builtStages,
  cloneStore,
  failureOf,
  imageDigests,
  type Outcome,
  type Reference,
  referenceBuild,
  tinyRecipe,
  workFolder,
  wrongObjects,
} from '../support/builder.ts';
import {
  type Behaviour,
  lockOn,
  type Mirror,
  packagesOf,
  pathOf,
  startForwarder,
  startMirror,
} from '../support/mirror.ts';

let work: Awaited<ReturnType<typeof workFolder>>;
let reference: Reference;
let folder: string;
let mirror: Mirror | undefined;

beforeAll(async () => {
  work = await workFolder('mirror');
  reference = await referenceBuild();
});

afterAll(() => work.remove());

beforeEach(({ task }) => {
  folder = join(work.path, task.id);
});

afterEach(async () => {
  await mirror?.close();
  mirror = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Everything but the root's packages and what is made of them. */
const HALF = ['fetch-kernel', 'fetch-initrd', 'kernel', 'initrd'];

/** A store that lacks the packages that only the root needs. */
const storeWithoutRootPackages = (): Promise<Store> =>
  cloneStore(reference, join(folder, 'store'), { packages: false, stages: HALF });

/** The packages that only the root has, largest first. */
function rootOnly(): LockedPackage[] {
  const others = new Set([...reference.lock.initrd, ...reference.lock.kernel].map(({ sha256 }) => sha256));
  return reference.lock.root
    .filter(({ sha256 }) => !others.has(sha256))
    .sort((a, b) => b.sizeBytes - a.sizeBytes);
}

/** Builds from the reference's lock with every package on the loopback. */
async function buildFrom(store: Store, behaviour?: Behaviour): Promise<Outcome> {
  mirror = await startMirror(packagesOf(reference.lock, new Store(reference.store)), behaviour);
  return buildAt(store, mirror.address);
}

async function buildAt(store: Store, address: string): Promise<Outcome> {
  const lockFile = join(folder, 'moved.lock.json');
  await writeFile(lockFile, formatLock(lockOn(reference.lock, address)));
  return basalt(
    ['build', tinyRecipe, '--version', '1.0', '--locked', lockFile, '--output', join(folder, 'out')],
    { store: store.directory },
  );
}

async function expectNothingUnverified(store: Store, entry: LockedPackage): Promise<void> {
  expect(await wrongObjects(store.directory)).toEqual([]);
  expect(await store.hasObject(entry)).toBe(false);
}

const partsOf = (store: Store, { sha256 }: LockedPackage) =>
  readdir(join(store.directory, 'parts')).then((names) => names.filter((name) => name.startsWith(sha256)));

describe('a mirror', () => {
  it('that fails once in every way still gives the same image', async () => {
    const store = await storeWithoutRootPackages();
    const [cut, ignoring, corrupt, failing, truncated] = rootOnly().map(pathOf);
    const half = Math.floor((rootOnly()[0]?.sizeBytes ?? 0) / 2);
    const outcome = await buildFrom(store, (path, nth) => {
      if (path === ignoring && nth === 1) return { kind: 'ignore-range' };
      if (nth > 0) return undefined;
      if (path === cut) return { kind: 'cut', afterBytes: half };
      if (path === ignoring) return { kind: 'cut', afterBytes: 1000 };
      if (path === corrupt) return { kind: 'corrupt' };
      if (path === failing) return { kind: 'status', status: 500 };
      if (path === truncated) return { kind: 'truncate', toBytes: 1000 };
      return undefined;
    });
    expect(failureOf(outcome)).toBeUndefined();
    expect(builtStages(outcome)).toContain('fetch-root');
    expect(await imageDigests(join(folder, 'out'))).toEqual(reference.digests);

    const asked = (path: string | undefined) =>
      mirror?.requests.filter((request) => request.path === path).map(({ range }) => range);
    expect(asked(cut)?.[1]).toMatch(/^bytes=\d+-$/);
    expect(asked(ignoring)).toHaveLength(2);
    expect(asked(corrupt)).toEqual([undefined, undefined]);
    expect(asked(failing)).toEqual([undefined, undefined]);
    expect(asked(truncated)?.[1]).toBe('bytes=1000-');
    // Each of the others was asked for once: a download is shared by all that need it.
    const faulty = new Set([cut, ignoring, corrupt, failing, truncated]);
    const rest = mirror?.requests.map(({ path }) => path).filter((path) => !faulty.has(path)) ?? [];
    expect(rest.sort()).toEqual([...new Set(rest)].sort());
    expect(await wrongObjects(store.directory)).toEqual([]);
    expect(await readdir(join(store.directory, 'parts'))).toEqual([]);
  });

  it('that always serves a corrupted file is named, with what was expected and seen', async () => {
    const store = await storeWithoutRootPackages();
    const [bad] = rootOnly().slice(3) as [LockedPackage];
    const outcome = await buildFrom(store, (path) =>
      path === pathOf(bad) ? { kind: 'corrupt' } : undefined,
    );
    expect(outcome.exitCode).toBe(1);
    const failure = failureOf(outcome);
    expect(failure).toMatchObject({
      code: 'download-failed',
      where: `${mirror?.address}${new URL(bad.uri).pathname}`,
      needed: expect.stringContaining(bad.sha256),
    });
    const seen = [...(failure?.seen ?? '').matchAll(/corrupted: its SHA-256 is ([0-9a-f]{64})/g)].map(
      (m) => m[1],
    );
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).not.toContain(bad.sha256);
    await expectNothingUnverified(store, bad);
    expect(await partsOf(store, bad)).toEqual([]);
    expect(builtStages(outcome)).not.toContain('packages');
  });

  it('that always fails is named with every attempt', async () => {
    const store = await storeWithoutRootPackages();
    const [bad] = rootOnly() as [LockedPackage];
    const outcome = await buildFrom(store, (path) =>
      path === pathOf(bad) ? { kind: 'status', status: 500 } : undefined,
    );
    expect(outcome.exitCode).toBe(1);
    expect(failureOf(outcome)).toMatchObject({
      code: 'download-failed',
      where: `${mirror?.address}${new URL(bad.uri).pathname}`,
      seen: expect.stringMatching(/attempt 1: HTTP status 500(.|\n)*attempt 5: HTTP status 500/),
    });
  });

  it('that is down is named, and the attempts end', async () => {
    const store = await storeWithoutRootPackages();
    const down = await startMirror(() => undefined);
    await down.close();
    const outcome = await buildAt(store, down.address);
    expect(outcome.exitCode).toBe(1);
    expect(failureOf(outcome)).toMatchObject({
      code: 'download-failed',
      where: expect.stringContaining(down.address),
      seen: expect.stringContaining('ECONNREFUSED'),
      next: expect.arrayContaining([expect.stringContaining('--mirror')]),
    });
  });
});

describe('the package lists', () => {
  const resolve = (store: Store, address: string, ...args: string[]) => {
    const mirrors = ['--mirror', `${address}/debian`, '--security-mirror', `${address}/debian-security`];
    return basalt(['build', tinyRecipe, '--dry-run', ...mirrors, ...args], { store: store.directory });
  };

  /** The mirror of this machine, with faults. */
  async function forward(behaviour: Behaviour): Promise<Mirror> {
    const mirrors = (await debianMirrorsOf('/')) as DebianMirrors;
    expect(mirrors, 'this machine has Debian sources').toBeDefined();
    mirror = await startForwarder(
      { '/debian': mirrors.archive, '/debian-security': mirrors.security },
      behaviour,
    );
    return mirror;
  }

  it('of a mirror that is down are missing, and the message says so', async () => {
    const store = await cloneStore(reference, join(folder, 'store'), { packages: false, stages: [] });
    const down = await startMirror(() => undefined);
    await down.close();
    const outcome = await resolve(store, down.address);
    expect(outcome.exitCode).toBe(1);
    expect(failureOf(outcome)).toMatchObject({
      code: 'mirror-failed',
      where: expect.stringContaining(down.address),
      seen: expect.stringMatching(/Unable to connect|Connection refused/i),
    });
  });

  it('are verified: a corrupted one is refused, and a good one is taken', async () => {
    const store = await cloneStore(reference, join(folder, 'store'), { packages: false, stages: [] });
    let honest = false;
    const { address } = await forward((path) =>
      !honest && /\/Packages|\/by-hash\//.test(path) ? { kind: 'corrupt' } : undefined,
    );
    const refused = await resolve(store, address);
    expect(refused.exitCode).toBe(1);
    expect(failureOf(refused)).toMatchObject({
      code: 'mirror-failed',
      where: expect.stringContaining(address),
      seen: expect.stringMatching(/Hash Sum mismatch|unexpected size/i),
    });

    honest = true;
    expect(failureOf(await resolve(store, address))).toBeUndefined();
  });

  it('that cannot be refreshed are used as they are, with a warning; --refresh insists', async () => {
    const store = await cloneStore(reference, join(folder, 'store'), { packages: false, stages: [] });
    const { address } = await forward(() => undefined);
    expect(failureOf(await resolve(store, address))).toBeUndefined();
    await mirror?.close();
    await makeListsOld(store);

    const outcome = await resolve(store, address);
    expect(failureOf(outcome)).toBeUndefined();
    expect(outcome.events).toContainEqual(
      expect.objectContaining({ level: 'warning', text: expect.stringContaining('could not refresh') }),
    );
    expect(failureOf(await resolve(store, address, '--refresh'))?.code).toBe('mirror-failed');
  });
});

async function makeListsOld(store: Store): Promise<void> {
  const root = join(store.directory, 'lists');
  const twoDaysAgo = new Date(Date.now() - 48 * 3600 * 1000);
  for (const name of await readdir(root)) await utimes(join(root, name, 'fetched'), twoDaysAgo, twoDaysAgo);
}
