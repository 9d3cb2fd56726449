import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { heldLocks } from '../../../src/store/busy.ts';
import { removeEntries } from '../../../src/store/clean.ts';
import { type CleanRules, selectRemovals } from '../../../src/store/clean-selection.ts';
import { type Inventory, takeInventory } from '../../../src/store/inventory.ts';
import { Store } from '../../../src/store/store.ts';

const DAY_MS = 24 * 3600 * 1000;
const root = { kind: 'root' } as const;
const signal = new AbortController().signal;

let store: Store;
let rules: CleanRules;

beforeEach(async () => {
  store = new Store(await mkdtemp(join(tmpdir(), 'basalt-clean-')));
  rules = {
    now: Date.now(),
    olderThanMs: 30 * DAY_MS,
    all: false,
    toolsRoot: join(store.directory, 'tools/new'),
  };
  return () => rm(store.directory, { recursive: true });
});

/** A record with one object of this text. */
async function record(digest: string, text: string): Promise<string> {
  const object = await store.put(text);
  await store.writeRecord(digest.repeat(64), { stage: 'x', objects: { it: object }, values: {} });
  return object.sha256;
}

/** The inventory, some days later. */
async function later(days: number): Promise<{ inventory: Inventory; rules: CleanRules }> {
  return {
    inventory: await takeInventory(store.directory),
    rules: { ...rules, now: Date.now() + days * DAY_MS },
  };
}

/** What would go, as `kind name`. */
async function removals(days: number, extra: Partial<CleanRules> = {}): Promise<string[]> {
  const { inventory, rules: then } = await later(days);
  return selectRemovals(inventory, { ...then, ...extra })
    .map(({ kind, path }) => `${kind} ${path.slice(path.lastIndexOf('/') + 1).slice(0, 8)}`)
    .sort();
}

test('nothing used lately goes', async () => {
  await record('a', 'one');
  expect(await removals(29)).toEqual([]);
});

test('an old record goes with its objects, but not with those that another record names', async () => {
  const shared = await record('a', 'shared');
  const own = await record('b', 'own');
  await record('c', 'shared');
  const path = (digest: string) =>
    join(store.directory, 'records', digest.repeat(2), `${digest.repeat(64)}.json`);
  const { inventory, rules: then } = await later(31);
  // Only c was used since.
  const used = inventory.records.map((entry) =>
    entry.path === path('c') ? { ...entry, usedAt: then.now - DAY_MS } : entry,
  );
  const gone = selectRemovals({ ...inventory, records: used }, then).map((entry) => entry.path);
  expect(gone.sort()).toEqual([path('a'), path('b'), store.objectPath(own)].sort());
  expect(gone).not.toContain(store.objectPath(shared));
});

test('an unreferenced object goes after a day: until then a running build may be about to name it', async () => {
  const { sha256 } = await store.put('alone');
  expect(await removals(0.9)).toEqual([]);
  expect(await removals(1.1)).toEqual([`object ${sha256.slice(0, 8)}`]);
});

test('a part of a download goes after a day, unless a process works on it', async () => {
  const parts = join(store.directory, 'parts');
  await mkdir(parts);
  await writeFile(join(parts, 'aaaa'), '1');
  await writeFile(join(parts, 'bbbb.1-1'), '1');
  await store.makeTemporary().then(async (own) => {
    const mark = own
      .slice(own.lastIndexOf('/') + 1)
      .split('-')
      .slice(0, 2)
      .join('-');
    await writeFile(join(parts, `cccc.${mark}`), '1');
  });
  expect(await removals(2)).toEqual(['part aaaa', 'part bbbb.1-1']);
});

test('this version’s tools tree stays, an older one goes when it was not used for long', async () => {
  for (const name of ['new', 'old']) {
    await mkdir(join(store.directory, 'tools', name, 'var/lib/dpkg'), { recursive: true });
    await writeFile(join(store.directory, 'tools', name, 'var/lib/dpkg/status'), '');
  }
  expect(await removals(29)).toEqual([]);
  expect(await removals(31)).toEqual(['tools old']);
  expect(await removals(0, { all: true })).toEqual(['tools new', 'tools old']);
});

test('a record used since it was selected stays, and so do its objects', async () => {
  const kept = await record('a', 'one');
  const gone = await record('b', 'two');
  const { inventory, rules: then } = await later(31);
  const selected = selectRemovals(inventory, then);
  const soon = new Date(Date.now() + 5000);
  await utimes(join(store.directory, 'records/aa', `${'a'.repeat(64)}.json`), soon, soon);
  const removed = await removeEntries(store.directory, selected, root);
  expect(removed.map(({ kind }) => kind).sort()).toEqual(['object', 'record']);
  expect(await store.hasObject({ sha256: kept, sizeBytes: 3 })).toBe(true);
  expect(await store.hasObject({ sha256: gone, sizeBytes: 3 })).toBe(false);
});

test('everything goes with all', async () => {
  await record('a', 'one');
  const { inventory, rules: then } = await later(0);
  await removeEntries(store.directory, selectRemovals(inventory, { ...then, all: true }), root);
  expect(await readdir(join(store.directory, 'records/aa'))).toEqual([]);
  const after = await takeInventory(store.directory);
  expect([...after.objects, ...after.records]).toEqual([]);
});

test('a lock that is held is seen, one that was given back is not', async () => {
  const unlock = await store.lock('stage', { signal });
  onTestFinished(() => unlock());
  await (await store.lock('other', { signal }))();
  expect(await heldLocks(store.directory, signal)).toEqual(['stage']);
});

test('a store that is not there is empty', async () => {
  const missing = await takeInventory(join(store.directory, 'missing'));
  expect(Object.values(missing).flat()).toEqual([]);
});
