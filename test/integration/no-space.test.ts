/** A store, and an output folder, on a real small file system that fills up. Mounting one takes root. */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatLock } from '../../src/packages/lock.ts';
import { Store } from '../../src/store/store.ts';
import {
  basalt,
  builtStages,
  cloneStore,
  failureOf,
  imageDigests,
  type Outcome,
  type Reference,
  referenceBuild,
  temporaryFiles,
  tinyRecipe,
  workFolder,
  wrongObjects,
} from '../support/builder.ts';
import { lockOn, packagesOf, startMirror } from '../support/mirror.ts';

const isRoot = process.getuid?.() === 0;

let work: Awaited<ReturnType<typeof workFolder>>;
let reference: Reference;
let disk: string;

beforeAll(async () => {
  work = await workFolder('no-space');
  reference = await referenceBuild();
});

afterAll(() => work.remove());

beforeEach(async ({ task }) => {
  disk = join(work.path, task.id);
  await mkdir(disk);
  if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1g', 'basalt-test', disk]);
});

afterEach(() => {
  if (isRoot) execFileSync('umount', [disk]);
});

function resize(sizeKib: number): void {
  execFileSync('mount', ['-o', `remount,size=${sizeKib}k`, disk]);
}

/** Leaves just so much room on the disk. */
function leaveFree(freeMib: number): void {
  const used = Number(execFileSync('df', ['--output=used', '-k', disk], { encoding: 'utf8' }).split('\n')[1]);
  resize(used + freeMib * 1024);
}

const build = (store: string, output: string): Promise<Outcome> =>
  basalt([...reference.args, '--output', output], { store });

function expectNoSpace(outcome: Outcome, place: string): void {
  expect(outcome.exitCode).toBe(1);
  expect(failureOf(outcome)).toMatchObject({
    code: 'no-space',
    summary: expect.stringMatching(/^no space left while \S+/),
    where: place,
    seen: expect.stringMatching(/ free of .* there/),
    next: expect.arrayContaining([expect.stringMatching(/free some space/)]),
  });
}

async function expectNothingHalf(store: Store): Promise<void> {
  expect(await wrongObjects(store.directory)).toEqual([]);
  expect(await temporaryFiles(store.directory)).toEqual([]);
  expect(await readdir(join(store.directory, 'parts')).catch(() => [])).toEqual([]);
}

const FETCHED = ['fetch-root', 'fetch-kernel', 'fetch-initrd'];

describe.skipIf(!isRoot)('a full disk', () => {
  // What is there, how much more fits, and the stages of which one must be the first that does not.
  it.each([
    ['nothing', [...FETCHED, 'packages', 'kernel', 'initrd', 'blank-uki', 'root', 'verity', 'uki'], 0],
    ['the installed packages', FETCHED, 40],
    ['the initrd', [...FETCHED, 'packages', 'kernel'], 4],
    ['the root image', [...FETCHED, 'packages', 'kernel', 'initrd', 'blank-uki'], 20],
    [
      'the disk image',
      [...FETCHED, 'packages', 'kernel', 'initrd', 'blank-uki', 'root', 'verity', 'uki'],
      30,
    ],
  ])('that holds no more than %s is named, and nothing half is left', async (_name, stages, freeMib) => {
    const store = await cloneStore(reference, join(disk, 'store'), { packages: true, stages });
    leaveFree(freeMib);
    expectNoSpace(await build(store.directory, join(work.path, 'out')), store.directory);
    await expectNothingHalf(store);

    resize(1024 * 1024);
    const outcome = await build(store.directory, join(work.path, 'out'));
    expect(failureOf(outcome)).toBeUndefined();
    expect(builtStages(outcome).filter((stage) => stages.includes(stage))).toEqual([]);
    expect(await imageDigests(join(work.path, 'out'))).toEqual(reference.digests);
  });

  it('while packages are fetched is named, and what was fetched stays', async () => {
    const store = await cloneStore(reference, join(disk, 'store'), { packages: false, stages: [] });
    leaveFree(10);
    const mirror = await startMirror(packagesOf(reference.lock, new Store(reference.store)));
    try {
      const lockFile = join(work.path, 'moved.lock.json');
      await writeFile(lockFile, formatLock(lockOn(reference.lock, mirror.address)));
      const outcome = await basalt(
        ['build', tinyRecipe, '--version', '1.0', '--locked', lockFile, '--output', join(work.path, 'out')],
        { store: store.directory },
      );
      expectNoSpace(outcome, store.directory);
    } finally {
      await mirror.close();
    }
    expect(await wrongObjects(store.directory)).toEqual([]);
    expect(await temporaryFiles(store.directory)).toEqual([]);
  });

  it('for the image is named, and leaves no half file', async () => {
    const store = await cloneStore(reference, join(work.path, 'whole-store'), {
      packages: true,
      stages: 'all',
    });
    leaveFree(60);
    const output = join(disk, 'out');
    expectNoSpace(await build(store.directory, output), output);
    expect(await temporaryFiles(output)).toEqual([]);

    resize(1024 * 1024);
    expect(failureOf(await build(store.directory, output))).toBeUndefined();
    expect(await imageDigests(output)).toEqual(reference.digests);
  });
});
