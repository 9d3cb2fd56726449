/** Clients that others wrote read the repository: python3-tuf's ngclient, the reference, and tuf-js. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addRelease } from '../../src/release/add.ts';
import type { ReleaseContext } from '../../src/release/context.ts';
import { makeDeltas } from '../../src/release/delta.ts';
import { renew } from '../../src/release/expire.ts';
import { initRepository } from '../../src/release/init.ts';
import { promote } from '../../src/release/promote.ts';
import { Repository, targetsOf } from '../../src/release/repository.ts';
import { defaultLifetimes, roleNames } from '../../src/release/roles.ts';
import { rotate } from '../../src/release/rotate.ts';
import { digestFile } from '../../src/store/digest.ts';
import { type ReferenceClient, referenceClient } from '../support/reference-client.ts';
import { makeBuild, makeReleasePlace, type ReleasePlace } from '../support/release-build.ts';
import { type StaticServer, serveFolder } from '../support/static-server.ts';
import { testToolbox } from '../support/toolbox.ts';
import { readByTufJs } from '../support/tuf-js-client.ts';

let place: ReleasePlace;
let context: ReleaseContext;
let server: StaticServer;
let reference: ReferenceClient;
let firstRoot: string;

const RELEASE = 'qemu/2/release.json';
const ROOT = 'qemu/2/root.zst';
const CHANNEL = 'qemu/channels/stable.json';
const DELTA = 'qemu/2/root.from-1.zst';

beforeAll(async () => {
  place = await makeReleasePlace();
  context = place.context;
  const { root } = await initRepository(context, { rootKeys: 3, threshold: 2, lifetimes: defaultLifetimes });
  firstRoot = join(place.folder, 'root.json');
  await copyFile(root, firstRoot);
  for (const version of ['1', '2'])
    await addRelease(context, { folder: (await makeBuild(place.folder, { version })).folder });
  await makeDeltas(context, { version: '2', from: ['1'] });
  await promote(context, { version: '2', channel: 'stable' });
  server = await serveFolder(context.repository);
  reference = await referenceClient(await testToolbox(), await mkdtemp(join(place.folder, 'python-')));
});

afterAll(async () => {
  await server?.close();
  await place.remove();
});

const byReference = (name: string, targets: readonly string[]) =>
  reference.get({ name, root: firstRoot, url: server.url, targets });

test('the reference client downloads every target from the first root', async () => {
  const repository = new Repository(context.repository);
  const targets = targetsOf(await repository.state());
  expect([...targets.keys()]).toEqual(expect.arrayContaining([RELEASE, ROOT, CHANNEL, DELTA]));
  const found = await byReference('every', [...targets.keys(), 'qemu/3/release.json']);
  for (const [path, { sha256 }] of targets) {
    const file = found[path];
    expect(file, path).toBeTruthy();
    expect(await digestFile(file ?? ''), path).toBe(sha256);
  }
  expect(found['qemu/3/release.json']).toBeNull();
});

test('both clients follow when each role gets a new key, from what they know and from the first root', async () => {
  await byReference('following', [CHANNEL]);
  for (const role of roleNames) {
    const first = (await new Repository(context.repository).state()).root.signed.roles.root?.keyIDs[0];
    await rotate(context, { role, retire: role === 'root' ? first : undefined });
    expect(Object.values(await byReference('following', [CHANNEL])), role).not.toContain(null);
    expect(Object.values(await byReference(`fresh ${role}`, [ROOT])), role).not.toContain(null);
    expect(
      (await readByTufJs({ root: firstRoot, url: server.url, targets: [CHANNEL] }))[CHANNEL],
      role,
    ).toContain('"2"');
  }
  await renew(context, { roles: roleNames });
  expect(Object.values(await byReference('following', [RELEASE]))).not.toContain(null);
});

test('at every step of a publication both clients see a whole repository', async () => {
  const steps: string[] = [];
  const seen = new Set<string>();
  const watched: ReleaseContext = {
    ...context,
    graceMs: 0,
    onStep: async (path) => {
      steps.push(path);
      const [known] = Object.values(
        await readByTufJs({ root: firstRoot, url: server.url, targets: [CHANNEL] }),
      );
      seen.add(known ?? 'nothing');
      // The slower one, where metadata changes.
      if (path.includes('/metadata/')) await byReference(`step ${steps.length}`, [CHANNEL, ROOT]);
    },
  };
  await addRelease(watched, { folder: (await makeBuild(place.folder, { version: '3' })).folder });
  await promote(watched, { version: '3', channel: 'stable' });
  await rotate(watched, { role: 'targets' });
  await rotate(watched, { role: 'timestamp' });
  expect(steps.filter((step) => step.endsWith('timestamp.json'))).toHaveLength(4);
  expect(steps.filter((step) => step.endsWith('.root.json'))).toHaveLength(2);
  expect(seen.size).toBe(2);
  expect([...seen].join('')).not.toContain('nothing');
});

test('the reference client refuses what was changed', async () => {
  const repository = new Repository(context.repository);
  const { sha256 = '' } = targetsOf(await repository.state()).get(CHANNEL) ?? {};
  const file = repository.targetPath(CHANNEL, sha256);
  const good = await readFile(file);
  await writeFile(file, good.toString().replace('"3"', '"9"'));
  await expect(byReference('tampered target', [CHANNEL])).rejects.toThrow(/hash/i);
  await writeFile(file, good);
  const timestamp = repository.metadataPath('timestamp.json');
  const text = await readFile(timestamp, 'utf8');
  await writeFile(
    timestamp,
    text.replace(/"version":(\d+)/g, (_all, version) => `"version":${Number(version) + 1}`),
  );
  await expect(byReference('tampered timestamp', [CHANNEL])).rejects.toThrow(/signed by 0\/1 keys/);
  await writeFile(timestamp, text);
  expect(Object.values(await byReference('mended', [CHANNEL]))).not.toContain(null);
  await rm(timestamp);
});
