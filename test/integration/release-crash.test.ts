/** A publisher that dies at any step, and two at once, leave a repository that is whole. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addRelease } from '../../src/release/add.ts';
import { initRepository } from '../../src/release/init.ts';
import { promote } from '../../src/release/promote.ts';
import { Repository, targetsOf } from '../../src/release/repository.ts';
import { defaultLifetimes } from '../../src/release/roles.ts';
import {
  makeBuild,
  makeReleasePlace,
  type ReleasePlace,
  repositoryProblems,
} from '../support/release-build.ts';
import { serveFolder } from '../support/static-server.ts';
import { readByTufJs } from '../support/tuf-js-client.ts';

const CHANNEL = 'qemu/channels/stable.json';

let place: ReleasePlace;
let second: string;
let publisher: string;

/** A repository with one release in its channel, and a second build. */
beforeAll(async () => {
  place = await makeReleasePlace();
  await initRepository(place.context, { rootKeys: 1, threshold: 1, lifetimes: defaultLifetimes });
  await addRelease(place.context, { folder: (await makeBuild(place.folder, { version: '1' })).folder });
  await promote(place.context, { version: '1', channel: 'stable' });
  second = (await makeBuild(place.folder, { version: '2' })).folder;
  publisher = join(place.folder, 'publisher.mjs');
  await build({
    entryPoints: [resolve(import.meta.dirname, '../support/release-publisher.ts')],
    outfile: publisher,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
});

afterAll(() => place.remove());

/** A copy of the repository and its keys. */
async function copy(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-release-crash-'));
  for (const each of ['repository', 'keys'])
    await cp(join(place.folder, each), join(folder, each), { recursive: true });
  return folder;
}

/** Files of the repository that are being written. */
async function unfinished(repository: string): Promise<string[]> {
  return (await readdir(repository, { recursive: true })).filter((name) => name.endsWith('.tmp'));
}

const publish = (folder: string, last: number) =>
  execa('node', [publisher, folder, second, String(last)], { reject: false });

test('killed before any step, a publisher leaves what clients can read, and the next one finishes', async () => {
  const whole = await copy();
  const { stdout, exitCode, stderr } = await publish(whole, 0);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  const steps = Number(stdout);
  // Three parts, two deltas, release.json twice and the channel; three metadata files four times, a root; what was pruned.
  expect(steps).toBeGreaterThan(20);
  await rm(whole, { recursive: true });

  const seen: string[] = [];
  for (let last = 1; last <= steps; last++) {
    const folder = await copy();
    const killed = await publish(folder, last);
    expect(killed.signal, `step ${last}`).toBe('SIGKILL');
    const context = {
      ...place.context,
      repository: join(folder, 'repository'),
      keys: [join(folder, 'keys')],
    };
    const root = join(context.repository, 'metadata/1.root.json');

    const server = await serveFolder(context.repository);
    const state = await new Repository(context.repository).state();
    const targets = [...targetsOf(state).keys()];
    const read = await readByTufJs({ root, url: server.url, targets });
    expect(Object.values(read), `step ${last}`).not.toContain(undefined);
    await server.close();
    seen.push(read[CHANNEL]?.includes('"2"') ? '2' : '1');

    // The same commands again come to the same end, and sweep what was left. Each takes long: every third will do.
    if (last % 3 === 1) {
      expect((await publish(folder, 0)).exitCode, `step ${last}`).toBe(0);
      expect(await repositoryProblems(context), `step ${last}`).toEqual([]);
      expect(await unfinished(context.repository)).toEqual([]);
    }
    await rm(folder, { recursive: true });
  }
  // Both were seen, and none between them.
  expect(seen.join('')).toMatch(/^1+2+$/);
}, 1_800_000);

test('two publishers at once both get in', async () => {
  const folder = await copy();
  const repository = join(folder, 'repository');
  const messages: string[] = [];
  const context = {
    ...place.context,
    repository,
    keys: [join(folder, 'keys')],
    onMessage: (_level: string, text: string) => messages.push(text),
  };
  const builds = await Promise.all(['2', '3', '4'].map((version) => makeBuild(folder, { version })));
  await Promise.all(builds.map((each) => addRelease(context, { folder: each.folder })));
  const { targets } = await new Repository(repository).state();
  expect(targets.signed.version).toBe(6);
  for (const version of ['2', '3', '4'])
    expect(targets.signed.targets).toHaveProperty([`qemu/${version}/release.json`]);
  expect(await repositoryProblems(context)).toEqual([]);
  expect(messages).toContain('waiting for another command that changes the repository');
  await rm(folder, { recursive: true });
});

test('killed while it makes a repository, init finishes with the same keys', async () => {
  const fresh = await makeReleasePlace();
  try {
    const options = { rootKeys: 2, threshold: 1, lifetimes: defaultLifetimes };
    for (let last = 1; last <= 4; last++) {
      let step = 0;
      const dying = {
        ...fresh.context,
        onStep: () => {
          if (++step === last) throw new Error('dies');
        },
      };
      await expect(initRepository(dying, options)).rejects.toThrow('dies');
    }
    const made = await initRepository(fresh.context, options);
    expect(made.keys.map(({ state }) => state)).toEqual(Array(5).fill('kept'));
    await expect(initRepository(fresh.context, options)).rejects.toMatchObject({ code: 'repository-exists' });
    expect((await readdir(join(fresh.folder, 'keys'))).length).toBe(5);
  } finally {
    await fresh.remove();
  }
});
