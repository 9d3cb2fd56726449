/**
 * Two builds of one lock, by root and by an ordinary user, in different folders and stores, at different times, with
 * other time zones, languages and masks, are the same to the byte.
 */
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/build/manifest.ts';
import { Store } from '../../src/store/store.ts';
import {
  basaltOk,
  cloneStore,
  imageDigests,
  packageDigests,
  projectHome,
  type Reference,
  referenceBuild,
  temporaryFiles,
  tinyRecipe,
  untilNothingLeft,
  workFolder,
} from '../support/builder.ts';
import { BEFORE_ROOT } from '../support/changed-tiny.ts';
import { firstDifference } from '../support/compare-builds.ts';
import { isOpenToAll, makeOrdinaryUser, type OrdinaryUser } from '../support/ordinary-user.ts';

/** Making a user, and becoming one, takes root; as an ordinary user both builds are that user's. */
const isRoot = process.getuid?.() === 0;
const canBecomeUser = isRoot && isOpenToAll(projectHome);

let work: Awaited<ReturnType<typeof workFolder>>;
let reference: Reference;
let one: string;

beforeAll(async () => {
  work = await workFolder('reproducible');
  reference = await referenceBuild();
  // Not the reference itself: that may have been made by an older Basalt.
  one = join(work.path, 'one/out');
  const store = await cloneStore(reference, join(work.path, 'one/store'), { packages: true, stages: [] });
  await basaltOk([...reference.args, '--output', one], { store: store.directory });
});

afterAll(() => work?.remove());

describe('two builds of the same lock', () => {
  it.runIf(canBecomeUser)('by root and by an ordinary user are the same', async () => {
    const user = await makeOrdinaryUser(work.path);
    try {
      const store = await storeOf(user);
      // A lock that the user may read, in a folder with another name.
      const lockFile = join(user.home, 'the.lock');
      await copyFile(reference.lockFile, lockFile);
      user.own(user.home);
      const two = join(user.home, 'a folder with spaces', 'out');
      await basaltOk(['build', tinyRecipe, '--version', '1.0', '--locked', lockFile, '--output', two], {
        store: store.directory,
        wrapper: user.wrapper,
      });
      expect(await firstDifference(one, two)).toBeUndefined();
      expect(await imageDigests(two)).toEqual(await imageDigests(one));
      expect(await manifest(two)).toEqual(await manifest(one));
      expect(await temporaryFiles(store.directory)).toEqual([]);
      expect(await untilNothingLeft(user.home)).toEqual([]);
    } finally {
      user.remove();
    }
  });

  // A folder gives its entries in another order on each kind of file system.
  it('on two kinds of file systems are the same', async () => {
    const disk = join(work.path, 'three');
    await mkdir(disk);
    if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2g', 'basalt-test', disk]);
    try {
      const store = await cloneStore(reference, join(disk, 'other store'), { packages: true, stages: [] });
      const three = join(disk, 'out');
      await basaltOk([...reference.args, '--output', three], {
        store: store.directory,
        wrapper: [
          'env',
          'TZ=Pacific/Kiritimati',
          'LANG=tr_TR.UTF-8',
          'sh',
          '-c',
          'umask 077; exec "$@"',
          'sh',
        ],
      });
      expect(await firstDifference(one, three)).toBeUndefined();
      expect(await manifest(three)).toEqual(await manifest(one));
    } finally {
      if (isRoot) execFileSync('umount', [disk]);
    }
  });
});

describe('the comparison', () => {
  async function variant(name: string, ...changes: string[]): Promise<string> {
    const store = join(work.path, 'variants');
    const output = join(work.path, name);
    await basaltOk([...reference.args, '--output', output, ...changes], { store });
    return output;
  }

  it('names what differs, down to the file', async () => {
    await cloneStore(reference, join(work.path, 'variants'), { packages: true, stages: BEFORE_ROOT });
    const plain = await variant('plain');
    const trimmed = await variant('trimmed', '--set', 'trim.paths=[/usr/bin/tac]');
    expect(await firstDifference(plain, trimmed)).toMatch(
      /^root: \/usr\/bin\/tac is "-rwxr-xr-x 0\/0 .*" and "absent"$/,
    );
    const linked = await variant('argument', '--set', 'kernel.arguments=[debug]');
    expect(await firstDifference(plain, linked)).toMatch(/^uki: section \.cmdline differs/);
    expect(await firstDifference(plain, plain)).toBeUndefined();
  });
});

async function manifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
}

/** A store of the user's own, with the same packages and tools. */
async function storeOf(user: OrdinaryUser): Promise<Store> {
  const from = new Store(reference.store);
  const to = new Store(join(user.home, 'store'));
  await mkdir(to.directory);
  // -H: the reference's folder of tools may be a link into a store that the user cannot enter.
  execFileSync('cp', ['-aH', join(reference.store, 'tools'), to.directory]);
  for (const sha256 of packageDigests(reference.lock)) {
    await mkdir(dirname(to.objectPath(sha256)), { recursive: true });
    await copyFile(from.objectPath(sha256), to.objectPath(sha256));
  }
  return to;
}
