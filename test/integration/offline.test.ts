/** Builds without a network: in a network namespace that has none. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatLock } from '../../src/packages/lock.ts';
import {
  basalt,
  cloneStore,
  failureOf,
  imageDigests,
  type Outcome,
  type Reference,
  referenceBuild,
  tinyRecipe,
  workFolder,
} from '../support/builder.ts';

/** An ordinary user makes the namespace inside one of users. */
const WITHOUT_NETWORK =
  process.getuid?.() === 0 ? ['unshare', '--net', '--'] : ['unshare', '--user', '--keep-caps', '--net', '--'];

let work: Awaited<ReturnType<typeof workFolder>>;
let reference: Reference;

beforeAll(async () => {
  work = await workFolder('offline');
  reference = await referenceBuild();
});

afterAll(() => work.remove());

const offline = (store: string, ...args: string[]): Promise<Outcome> =>
  basalt(args, { store, wrapper: WITHOUT_NETWORK });

describe('without a network', () => {
  it('there is none in these tests', async () => {
    const [program = '', ...rest] = [...WITHOUT_NETWORK, 'cat', '/proc/net/route'];
    expect((await execa(program, rest)).stdout.trim().split('\n')).toHaveLength(1);
  });

  it.each([
    ['--offline', ['--offline']],
    ['fresh package lists', []],
  ])('a build with %s works when everything is cached', async (name, flags) => {
    const output = join(work.path, name);
    const store = await cloneStore(reference, join(work.path, `${name} store`), {
      packages: true,
      lists: true,
      stages: 'all',
    });
    const args = ['build', tinyRecipe, '--version', '1.0', '--output', output, ...flags];
    const outcome = await offline(store.directory, ...args);
    expect(failureOf(outcome)).toBeUndefined();
    expect(await imageDigests(output)).toEqual(reference.digests);
  });

  it('a build from a lock needs the packages and the tools, and no package lists', async () => {
    const store = await cloneStore(reference, join(work.path, 'store'), { packages: true, stages: [] });
    const output = join(work.path, 'locked');
    const outcome = await offline(store.directory, ...reference.args, '--offline', '--output', output);
    expect(failureOf(outcome)).toBeUndefined();
    expect(await imageDigests(output)).toEqual(reference.digests);
  });

  it('a build without package lists says so', async () => {
    const store = await cloneStore(reference, join(work.path, 'bare'), { packages: false, stages: [] });
    const outcome = await offline(store.directory, 'build', tinyRecipe, '--offline');
    expect(outcome.exitCode).toBe(1);
    expect(failureOf(outcome)).toMatchObject({
      code: 'offline',
      next: [expect.stringContaining('--offline')],
    });
  });

  it('a lock with other tools than those that are there is not built with them', async () => {
    const store = await cloneStore(reference, join(work.path, 'other-tools'), { packages: true, stages: [] });
    const tools = reference.lock.tools.map((entry) =>
      entry.name === 'systemd-boot-efi' ? { ...entry, version: '1-1' } : entry,
    );
    const file = join(work.path, 'other.lock.json');
    await writeFile(file, formatLock({ ...reference.lock, tools }));
    const outcome = await offline(store.directory, 'build', tinyRecipe, '--locked', file, '--offline');
    expect(failureOf(outcome)).toMatchObject({
      code: 'offline',
      seen: expect.stringMatching(/^systemd-boot-efi: locked 1-1, found \d+/),
    });
  });

  it('a build that lacks packages names one of them', async () => {
    const store = await cloneStore(reference, join(work.path, 'no-packages'), {
      packages: false,
      stages: [],
    });
    const outcome = await offline(store.directory, ...reference.args, '--output', join(work.path, 'none'));
    expect(outcome.exitCode).toBe(1);
    expect(failureOf(outcome)).toMatchObject({
      code: 'download-failed',
      where: expect.stringMatching(/\.deb$/),
    });
  });
});
