import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Targets } from '@tufjs/models';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pays } from '../../../src/release/delta.ts';
import { checkThreshold } from '../../../src/release/init.ts';
import { KeyStore } from '../../../src/release/key-store.ts';
import { describe, expiryAfter, parse, sign, specVersion, textOf } from '../../../src/release/metadata.ts';
import { defaultLifetimes } from '../../../src/release/roles.ts';
import { contentOf, lifetimeOf, makeRoot } from '../../../src/release/root.ts';

let folder: string;
let keys: KeyStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-metadata-'));
  keys = await KeyStore.open({
    folders: [join(folder, 'keys')],
    repository: join(folder, 'repository'),
    signal: new AbortController().signal,
  });
});
afterEach(() => rm(folder, { recursive: true }));

/** A root with so many keys for targets. */
async function rootWith(count: number, threshold: number) {
  const signers = [];
  for (let number = 1; number <= count; number++)
    signers.push((await keys.numbered('targets', number)).signer);
  const publicKeys = signers.map(({ publicKey }) => publicKey);
  const one = { publicKeys: publicKeys.slice(0, 1), threshold: 1 };
  return makeRoot({
    version: 3,
    expires: '2027-01-01T00:00:00Z',
    roles: { root: one, targets: { publicKeys, threshold }, snapshot: one, timestamp: one },
    lifetimes: { ...defaultLifetimes, targets: 77 },
  });
}

const targets = () => new Targets({ specVersion, version: 1, expires: '2027-01-01T00:00:00Z' });

test('a root tells what it was made of', async () => {
  const root = await rootWith(3, 2);
  expect(contentOf(root)).toMatchObject({ version: 3, expires: '2027-01-01T00:00:00Z' });
  expect(makeRoot(contentOf(root)).toJSON()).toEqual(root.toJSON());
  expect(lifetimeOf(root, 'targets')).toBe(77);
  expect(root.consistentSnapshot).toBe(true);
});

test('every key at hand signs, and what was written reads the same', async () => {
  const root = await rootWith(3, 2);
  const metadata = await sign<'targets'>(targets(), [{ root, role: 'targets' }], keys);
  expect(Object.keys(metadata.signatures)).toEqual(root.roles.targets?.keyIDs);
  const text = textOf(metadata);
  expect(textOf(parse('targets', text, 'file'))).toBe(text);
  expect(describe(text, 1)).toMatchObject({ version: 1, length: Buffer.byteLength(text) });
});

test('fewer keys than the threshold sign nothing', async () => {
  const root = await rootWith(3, 2);
  await rm(join(folder, 'keys/targets-1.pem'));
  const reopened = (folders: string[]) =>
    KeyStore.open({ folders, repository: join(folder, 'r'), signal: new AbortController().signal });
  const two = await reopened([join(folder, 'keys')]);
  const metadata = await sign<'targets'>(targets(), [{ root, role: 'targets' }], two);
  expect(Object.keys(metadata.signatures)).toHaveLength(2);
  await rm(join(folder, 'keys/targets-2.pem'));
  const one = await reopened([join(folder, 'keys')]);
  await expect(sign<'targets'>(targets(), [{ root, role: 'targets' }], one)).rejects.toMatchObject({
    code: 'key-missing',
    needed: '2 of them',
  });
});

test('keys get the next free number, and a number is found again', async () => {
  expect((await keys.numbered('root', 1)).isNew).toBe(true);
  expect((await keys.numbered('root', 1)).isNew).toBe(false);
  expect((await keys.next('root')).file).toBe(join(folder, 'keys/root-2.pem'));
  expect((await keys.next('snapshot')).file).toBe(join(folder, 'keys/snapshot-1.pem'));
  expect((await keys.next('root')).file).toBe(join(folder, 'keys/root-3.pem'));
});

test.each(['[]', '{', '{}', '{"signed":{"_type":"snapshot"},"signatures":[]}', 'null'])(
  '%s is no metadata',
  (text) => {
    expect(() => parse('targets', text, '/some/file')).toThrow('cannot be read');
  },
);

test('dates are whole seconds in UTC', () => {
  expect(expiryAfter(new Date('2026-11-22T06:31:46.437Z'), 14)).toBe('2026-12-06T06:31:46Z');
});

test.each([
  [1, 0],
  [1, 2],
  [3, 4],
])('of %i keys a threshold of %i cannot be', (count, threshold) => {
  expect(() => checkThreshold(count, threshold)).toThrow('cannot be reached');
});

test('a delta pays up to four fifths', () => {
  expect(pays(80, 100)).toBe(true);
  expect(pays(81, 100)).toBe(false);
});
