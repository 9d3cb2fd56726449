/** Store entries that were damaged on disk: noticed when they are needed, and made again. */
import { copyFile, open, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatLock, type LockedPackage } from '../../src/packages/lock.ts';
import { Store, type StoredObject } from '../../src/store/store.ts';
import {
  basaltOk,
  builtStages,
  cloneStore,
  imageDigests,
  messages,
  type Outcome,
  type Reference,
  referenceBuild,
  tinyRecipe,
  workFolder,
  wrongObjects,
} from '../support/builder.ts';
import { lockOn, type Mirror, packagesOf, pathOf, startMirror } from '../support/mirror.ts';

let work: Awaited<ReturnType<typeof workFolder>>;
let reference: Reference;
let store: Store;
let mirror: Mirror;
let args: readonly string[];

beforeAll(async () => {
  work = await workFolder('damaged');
  reference = await referenceBuild();
  store = await cloneStore(reference, join(work.path, 'store'), { packages: true, stages: 'all' });
  mirror = await startMirror(packagesOf(reference.lock, new Store(reference.store)));
  const lockFile = join(work.path, 'moved.lock.json');
  await writeFile(lockFile, formatLock(lockOn(reference.lock, mirror.address)));
  args = ['build', tinyRecipe, '--version', '1.0', '--locked', lockFile];
});

afterAll(async () => {
  await mirror?.close();
  await work?.remove();
});

/** What a stage made. */
async function objectOf(stage: string, name: string): Promise<StoredObject> {
  const planned = reference.plan.stages.find(({ id }) => id === stage);
  const object = (await store.readRecord(planned?.digest ?? ''))?.objects[name];
  if (object === undefined) throw new Error(`no ${name} of ${stage}`);
  return object;
}

const recordFile = (stage: string) => {
  const digest = reference.plan.stages.find(({ id }) => id === stage)?.digest ?? '';
  return join(store.directory, 'records', digest.slice(0, 2), `${digest}.json`);
};

/** Changes a file of the store, but not the one that it is a hard link of. */
async function damage(path: string, change: (copy: string) => Promise<void>): Promise<void> {
  await copyFile(path, `${path}.copy`);
  await change(`${path}.copy`);
  await rename(`${path}.copy`, path);
}

const flipByte = (path: string) =>
  damage(path, async (copy) => {
    const { size } = await stat(copy);
    const handle = await open(copy, 'r+');
    const position = Math.floor(size / 2);
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, position);
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, position);
    await handle.close();
  });

const cutOff = (path: string) =>
  damage(path, async (copy) => truncate(copy, Math.floor((await stat(copy)).size / 2)));

/** Makes stages needed again. */
async function forget(...stages: string[]): Promise<void> {
  for (const stage of stages) await rm(recordFile(stage));
}

/** Builds into a fresh folder, checks the image, and gives what was made. */
async function rebuild(): Promise<{ outcome: Outcome }> {
  const output = join(work.path, 'out');
  await rm(output, { recursive: true, force: true });
  const outcome = await basaltOk([...args, '--output', output], { store: store.directory });
  expect(await imageDigests(output)).toEqual(reference.digests);
  return { outcome };
}

describe('a damaged store entry', () => {
  it('is no concern while nothing needs it', async () => {
    const { sha256 } = await objectOf('packages', 'tree');
    await flipByte(store.objectPath(sha256));
    const { outcome } = await rebuild();
    expect(builtStages(outcome)).toEqual([]);
    expect(await wrongObjects(store.directory)).toHaveLength(1);
  });

  it('is noticed, told and made again when it is needed: the package tree, and a package', async () => {
    // The tree is damaged already; it is needed for the root image.
    const bad = reference.lock.root.find(({ name }) => name === 'bash') as LockedPackage;
    await flipByte(store.objectPath(bad.sha256));
    await forget('root');
    const { outcome } = await rebuild();
    expect(builtStages(outcome)).toEqual(['fetch-root', 'packages', 'root']);
    expect(messages(outcome, 'warning')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/tree of packages is damaged/),
        expect.stringMatching(/of fetch-root is damaged/),
      ]),
    );
    // Only the damaged package was fetched again.
    expect(mirror.requests.map(({ path }) => path)).toEqual([pathOf(bad)]);
    expect(await wrongObjects(store.directory)).toEqual([]);
  });

  it.each([
    ['root', 'image', flipByte],
    ['verity', 'hashes', cutOff],
    ['uki', 'uki', flipByte],
    ['disk', 'raw', cutOff],
  ])('is made again for the output folder: %s', async (stage, name, harm) => {
    await harm(store.objectPath((await objectOf(stage, name)).sha256));
    const { outcome } = await rebuild();
    expect(builtStages(outcome)).toEqual([stage]);
    expect(await wrongObjects(store.directory)).toEqual([]);
  });

  it.each(['verity', 'fetch-kernel'])('is made again when it is the record of %s', async (stage) => {
    await flipByte(recordFile(stage));
    await forget('uki');
    await rm(store.objectPath((await objectOf('kernel', 'vmlinuz')).sha256));
    const { outcome } = await rebuild();
    expect(builtStages(outcome)).toContain(stage);
    expect(await wrongObjects(store.directory)).toEqual([]);
  });

  it('that was emptied by a power cut is made again', async () => {
    await damage(store.objectPath((await objectOf('root', 'image')).sha256), (copy) => truncate(copy, 0));
    await damage(recordFile('verity'), (copy) => truncate(copy, 0));
    const { outcome } = await rebuild();
    expect(builtStages(outcome)).toEqual(['root', 'verity']);
  });
});
