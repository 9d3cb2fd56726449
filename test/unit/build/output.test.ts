import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Manifest, manifestSchema } from '../../../src/build/manifest.ts';
import { OutputFolder, type OutputName, type OutputText } from '../../../src/build/output.ts';
import { digestBytes } from '../../../src/store/digest.ts';
import { Store } from '../../../src/store/store.ts';
import { madeUpManifest } from '../../support/made-up-manifest.ts';

const signal = new AbortController().signal;

let work: string;
let store: Store;
let folder: string;

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'basalt-output-'));
  store = new Store(join(work, 'store'));
  folder = join(work, 'images/cluster/qemu');
  return () => rm(work, { recursive: true });
});

/** Brings texts in by their file names. @returns What ends that build. */
async function begin(contents: Readonly<Record<string, string>>) {
  const output = await OutputFolder.open(store, folder, signal);
  const files = await Promise.all(
    Object.entries(contents).map(async ([file, text]) => {
      const object = await store.put(text);
      const name: OutputName = { file, role: file === 'disk' ? 'disk' : 'root', format: 'made-up' };
      // As the executor does it: what is damaged is made again.
      return output.bring(name, object, async () =>
        (await store.verifyObject(object)) ? object : store.put(text),
      );
    }),
  );
  const end = (texts: readonly OutputText[] = []) =>
    output.finish(files, texts, (artifacts) =>
      madeUpManifest({ image: 'made-up', version: '1', rootHash: '' }, artifacts),
    );
  return { output, end };
}

/** What the folder holds, by name. */
async function held(): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
  );
}

async function finished(): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
}

test('files get their names together, at the end', async () => {
  const { end } = await begin({ root: 'one', uki: 'two' });
  expect((await readdir(folder)).every((name) => name.endsWith('.tmp'))).toBe(true);
  const manifest = await end([{ file: 'lock', role: 'lock', format: 'json', text: '{}' }]);
  expect(await held()).toMatchObject({ root: 'one', uki: 'two', lock: '{}' });
  expect((await readdir(folder)).sort()).toEqual(['SHA256SUMS', 'lock', 'manifest.json', 'root', 'uki']);
  expect(await finished()).toEqual(manifest);
  expect(manifest.artifacts.map(({ file, sizeBytes }) => [file, sizeBytes])).toEqual([
    ['root', 3],
    ['uki', 3],
    ['lock', 2],
  ]);
});

test('while a build goes on, and when it fails, the one before is whole', async () => {
  await (await begin({ root: 'old', uki: 'same' })).end();
  const before = await held();
  const { output } = await begin({ root: 'new', uki: 'same' });
  expect(await held()).toMatchObject(before);
  await output.abandon();
  expect(await held()).toEqual(before);
});

test('what a build of before made and this one does not goes; files of others stay', async () => {
  await (await begin({ 'root-1': 'old', uki: 'same' })).end();
  await writeFile(join(folder, 'notes'), 'mine');
  await (await begin({ 'root-2': 'new', uki: 'same' })).end();
  expect(Object.keys(await held())).toEqual(['SHA256SUMS', 'manifest.json', 'notes', 'root-2', 'uki']);
});

test('a build that changes nothing writes nothing', async () => {
  const inodes = async () =>
    Promise.all(
      ['root', 'manifest.json', 'SHA256SUMS'].map(async (name) => (await stat(join(folder, name))).ino),
    );
  await (await begin({ root: 'one' })).end();
  const before = await inodes();
  await (await begin({ root: 'one' })).end();
  expect(await inodes()).toEqual(before);
});

test('a file that somebody changed is put right, and so is a manifest', async () => {
  await (await begin({ root: 'one' })).end();
  await writeFile(join(folder, 'root'), 'two');
  await (await begin({ root: 'one' })).end();
  expect((await held()).root).toBe('one');
  await writeFile(join(folder, 'manifest.json'), '{}');
  await (await begin({ root: 'one' })).end();
  expect((await finished()).artifacts).toHaveLength(1);
});

test('folders made for a build that fails go with it, and no others', async () => {
  await mkdir(join(work, 'images'));
  await writeFile(join(work, 'images/readme'), 'mine');
  const { output } = await begin({ root: 'one' });
  await output.abandon();
  expect(await readdir(join(work, 'images'))).toEqual(['readme']);
});

test('only disks may be written to; what is written elsewhere all the same does not reach the next build', async () => {
  await (await begin({ root: 'one', disk: 'two' })).end();
  const modes = async (...names: string[]) =>
    Promise.all(names.map(async (name) => (await stat(join(folder, name))).mode & 0o777));
  expect(await modes('root', 'disk')).toEqual([0o444, 0o644]);
  await rm(join(folder, 'root'));
  await (await begin({ root: 'one', disk: 'two' })).end();
  await writeFile(join(folder, 'disk'), 'mine');
  expect(await readFile(store.objectPath(digestBytes('two')), 'utf8')).toBe('two');
  await chmod(join(folder, 'root'), 0o644);
  await writeFile(join(folder, 'root'), 'mine');
  await (await begin({ root: 'one', disk: 'two' })).end();
  expect(await held()).toMatchObject({ root: 'one', disk: 'two' });
});

test('a build that fails at its end leaves the one before', async () => {
  await (await begin({ root: 'old' })).end();
  const before = await held();
  const { output, end } = await begin({ root: 'new' });
  const text = { file: 'x'.repeat(300), role: 'lock', format: 'json', text: '' } as const;
  await expect(end([text])).rejects.toThrow('ENAMETOOLONG');
  await output.abandon();
  expect(await held()).toEqual(before);
});

test('a store on another file system has its files copied, with the same modes', async () => {
  const elsewhere = await mkdtemp('/dev/shm/basalt-output-');
  onTestFinished(() => rm(elsewhere, { recursive: true }));
  store = new Store(elsewhere);
  await (await begin({ root: 'one', disk: 'two' })).end();
  const found = await Promise.all(['root', 'disk'].map((name) => stat(join(folder, name))));
  expect(found.map(({ mode, nlink }) => [mode & 0o777, nlink])).toEqual([
    [0o444, 1],
    [0o644, 1],
  ]);
});
