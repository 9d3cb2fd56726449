import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { canonicalJson, digestBytes } from '../../../src/store/digest.ts';
import { lockFile } from '../../../src/store/lock.ts';
import { defaultStoreDirectory, Store } from '../../../src/store/store.ts';
import { makeTemporary, sweepTemporary } from '../../../src/store/temporary.ts';

let folder: string;
let store: Store;
const never = new AbortController().signal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-store-'));
  store = new Store(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('an adopted file is found under its digest, read-only', async () => {
  const temporary = await store.makeTemporary();
  await writeFile(join(temporary, 'x'), 'content');
  const object = await store.adopt(join(temporary, 'x'));
  expect(object).toEqual({ sha256: digestBytes('content'), sizeBytes: 7 });
  expect(await readFile(store.objectPath(object.sha256), 'utf8')).toBe('content');
  expect((await stat(store.objectPath(object.sha256))).mode & 0o777).toBe(0o444);
  expect(await store.verifyObject(object)).toBe(true);
});

test('a damaged object is noticed by its digest and removed', async () => {
  const object = await store.put('content');
  await rm(store.objectPath(object.sha256));
  await writeFile(store.objectPath(object.sha256), 'cOntent');
  expect(await store.hasObject(object)).toBe(true);
  expect(await store.verifyObject(object)).toBe(false);
  expect(await store.hasObject(object)).toBe(false);
});

test('records come back as they were written, and a damaged one is no record', async () => {
  const object = await store.put('x');
  const record = {
    stage: 'root',
    objects: { image: object },
    values: { rootHash: 'ab', sizes: [{ name: 'a', sizeBytes: 1 }] },
  };
  const digest = digestBytes('stage');
  await store.writeRecord(digest, record);
  expect(await store.readRecord(digest)).toEqual(record);
  const path = join(folder, 'records', digest.slice(0, 2), `${digest}.json`);
  await writeFile(path, (await readFile(path, 'utf8')).replace('"ab"', '"ac"'));
  expect(await store.readRecord(digest)).toBeUndefined();
  await writeFile(path, '{"half":');
  expect(await store.readRecord(digest)).toBeUndefined();
});

test('nothing half-written stays when a write fails', async () => {
  await mkdir(join(folder, 'records'), { recursive: true });
  await writeFile(join(folder, 'records', 'aa'), 'a file where a folder must be');
  await expect(
    store.writeRecord(`aa${'0'.repeat(62)}`, { stage: 's', objects: {}, values: {} }),
  ).rejects.toThrow();
  expect(await readdir(join(folder, 'records'))).toEqual(['aa']);
});

test('a lock makes the second wait, and is free after the holder was killed', async () => {
  const path = join(folder, 'lock');
  const unlock = await lockFile(path, { signal: never });
  let waited = false;
  const second = lockFile(path, { signal: never, onWait: () => (waited = true) });
  await new Promise((done) => setTimeout(done, 200));
  expect(waited).toBe(true);
  await unlock();
  await (await second)();

  const holder = spawn('flock', [path, 'sleep', '60'], { detached: true });
  while (
    execFileSync('sh', ['-c', 'flock -n "$0" true && echo free || echo held', path], {
      encoding: 'utf8',
    }).trim() === 'free'
  ) {
    await new Promise((done) => setTimeout(done, 20));
  }
  process.kill(-(holder.pid ?? 0), 'SIGKILL');
  await once(holder, 'exit');
  await (await lockFile(path, { signal: never }))();
});

test('waiting for a lock ends when it is aborted', async () => {
  const path = join(folder, 'lock');
  const unlock = await lockFile(path, { signal: never });
  const abort = new AbortController();
  const waiting = lockFile(path, { signal: abort.signal, onWait: () => abort.abort() });
  await expect(waiting).rejects.toThrow('interrupted');
  await unlock();
});

test('folders of dead processes are swept, those of live ones stay', async () => {
  const root = join(folder, 'tmp');
  const own = await makeTemporary(root);
  const child = spawn('true');
  await once(child, 'exit');
  await mkdir(join(root, `${child.pid}-12345-abc`));
  expect(await sweepTemporary(root)).toEqual([`${child.pid}-12345-abc`]);
  expect((await stat(own)).isDirectory()).toBe(true);
});

test('equal data has equal text, whatever the order of keys', () => {
  expect(canonicalJson({ b: 1, a: [{ d: 1, c: undefined }] })).toBe('{"a":[{"d":1}],"b":1}');
});

test('the store is where the environment says', () => {
  expect(defaultStoreDirectory({ BASALT_STORE: '/s', XDG_CACHE_HOME: '/x' })).toBe('/s');
  expect(defaultStoreDirectory({ XDG_CACHE_HOME: '/x' })).toBe('/x/basalt');
});
