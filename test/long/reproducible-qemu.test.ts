/**
 * The qemu image, built by root and by an ordinary user from one lock, is the same to the byte. The user's tools tree is
 * made anew, as that user: only the packages of the image are shared.
 */
import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lock, parseLock } from '../../src/packages/lock.ts';
import { defaultStoreDirectory, Store } from '../../src/store/store.ts';
import { basaltOk, cloneStore, packageDigests, projectHome, workFolder } from '../support/builder.ts';
import { firstDifference } from '../support/compare-builds.ts';
import { isOpenToAll, makeOrdinaryUser } from '../support/ordinary-user.ts';

const canBecomeUser = process.getuid?.() === 0 && isOpenToAll(projectHome);

let work: Awaited<ReturnType<typeof workFolder>>;
let lockFile: string;
let lock: Lock;

beforeAll(async () => {
  work = await workFolder('reproducible-qemu');
  // The image of the global set-up brought the packages into the machine's store.
  lockFile = join(work.path, 'qemu.lock.json');
  await copyFile(join(process.env.BASALT_TEST_IMAGE ?? '', 'packages.lock.json'), lockFile);
  await chmod(lockFile, 0o644);
  lock = parseLock(await readFile(lockFile, 'utf8'), lockFile);
});

afterAll(() => work?.remove());

it.runIf(canBecomeUser)('the qemu image is the same by root and by an ordinary user', async () => {
  const machine = defaultStoreDirectory();
  const plan = { image: '', version: '', epoch: 0, stages: [] };
  const args = ['build', 'qemu', '--version', '1.0', '--locked', lockFile];
  const one = join(work.path, 'one');
  const store = await cloneStore({ store: machine, lock, plan }, join(work.path, 'store'), {
    packages: true,
    stages: [],
  });
  await basaltOk([...args, '--output', one], { store: store.directory });
  await rm(store.directory, { recursive: true });

  const user = await makeOrdinaryUser(work.path);
  try {
    const own = new Store(join(user.home, 'store'));
    for (const sha256 of packageDigests(lock)) {
      await mkdir(dirname(own.objectPath(sha256)), { recursive: true });
      await copyFile(new Store(machine).objectPath(sha256), own.objectPath(sha256));
    }
    user.own(user.home);
    const two = join(user.home, 'out');
    await basaltOk([...args, '--output', two], { store: own.directory, wrapper: user.wrapper });
    expect(await firstDifference(one, two)).toBeUndefined();
  } finally {
    user.remove();
  }
});
