/** What goes wrong between a publisher and Amazon: it is tried again or told, never a bad image, never a nameless leftover. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { InterruptedError, UserError } from '../../src/errors.ts';
import { cleanAws } from '../../src/publish/aws/clean.ts';
import type { PublishOptions } from '../../src/publish/aws/publish.ts';
import { MIB } from '../../src/units.ts';
import { emulatorCredentials } from '../support/aws-emulator.ts';
import type { Fault, SeenRequest } from '../support/aws-front.ts';
import { publicationsOf } from '../support/aws-publication.ts';
import { projectHome } from '../support/builder.ts';
import { makeRawDisk } from '../support/raw-disk.ts';
import { rebuildDisk } from '../support/snapshot-disk.ts';

const HOME = 'eu-central-1';
const AWAY = 'us-east-1';
const SIZE_BYTES = 24 * MIB;
const BLOCKS = Array.from({ length: 20 }, (_, index) => 2 * index + 1);

const at = publicationsOf({ version: '7', sizeBytes: SIZE_BYTES, blocks: BLOCKS });

const publish = (options: Partial<PublishOptions> = {}) => at.publish({ regions: [HOME, AWAY] }, options);

const failureOf = (work: Promise<unknown>): Promise<UserError> =>
  work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(UserError);
      return error as UserError;
    },
  );

/** Every id of a snapshot or an image in a text. */
const idsIn = (text: string) => [...text.matchAll(/\b(?:ami|snap)-[0-9a-f]+\b/g)].map(([id]) => id).sort();

/** What there is in both regions. */
async function idsThere(): Promise<readonly string[]> {
  const states = await Promise.all([HOME, AWAY].map((region) => at.observe(region)));
  return states.flatMap(({ images, snapshots }) => [...images, ...snapshots].map(({ id }) => id)).sort();
}

/** The one snapshot of the upload has every block. */
async function expectWholeDisk(requests: readonly SeenRequest[]): Promise<void> {
  const completed = requests.filter(({ action }) => action === 'CompleteSnapshot');
  const ids = new Set(completed.map(({ path }) => path.split('/').at(-1) ?? ''));
  expect(ids.size).toBe(1);
  const [snapshotId = ''] = ids;
  const path = join(at.folder, 'rebuilt.raw');
  await rebuildDisk({ url: at.emulator.url, region: HOME, snapshotId, sizeBytes: SIZE_BYTES, path });
  expect((await readFile(path)).equals(await readFile(at.disk.path))).toBe(true);
}

const passing: readonly Fault[] = ['throttle', 'error', 'cut', 'lost', 'damaged', 'wrong-checksum'];

test.each(passing)('%s at every fifth request passes, and nothing is made twice', async (fault) => {
  const blocksOnly = fault === 'damaged' || fault === 'wrong-checksum';
  let count = 0;
  at.front.misbehave(({ action }) =>
    (!blocksOnly || action === 'PutSnapshotBlock') && ++count % 5 === 0 ? fault : undefined,
  );
  const published = await publish();
  at.front.misbehave(() => undefined);
  const requests = at.front.taken();
  expect(count).toBeGreaterThan(20);
  expect(at.messages.some((text) => text.includes('asking again'))).toBe(true);
  await expectWholeDisk(requests);
  for (const { region, imageId } of published.regions) {
    const { images, snapshots, parameters } = await at.observe(region);
    expect(images.map(({ id }) => id)).toEqual([imageId]);
    expect(Object.values(parameters)).toEqual([imageId, imageId]);
    expect(
      snapshots.filter(({ tags }) => tags['basalt:sha256'] === at.disk.sha256).length,
    ).toBeLessThanOrEqual(2);
  }
  expect(await publish()).toMatchObject({ changed: false });
});

test('the first answer to every kind of request is lost: what was done is found, and not done again', async () => {
  const lost = new Set<string>();
  at.front.misbehave(({ action }) => {
    if (lost.has(action)) return undefined;
    lost.add(action);
    return 'lost';
  });
  const { regions } = await publish();
  expect([...lost]).toEqual(
    expect.arrayContaining([
      'StartSnapshot',
      'CompleteSnapshot',
      'RegisterImage',
      'CopyImage',
      'PutParameter',
    ]),
  );
  await expectWholeDisk(at.front.taken());
  for (const { region, imageId } of regions)
    expect((await at.observe(region)).images.map(({ id }) => id)).toEqual([imageId]);
  const started = (await at.observe(HOME)).snapshots.filter(
    ({ tags }) => tags['basalt:sha256'] === at.disk.sha256,
  );
  // The emulator makes one of its own for each image beside the one that was uploaded.
  expect(started).toHaveLength(2);
});

test('throttling makes the window narrower', async () => {
  const windows: number[] = [];
  at.front.misbehave(({ action, number }) =>
    action === 'PutSnapshotBlock' && number < 8 ? 'throttle' : undefined,
  );
  await publish({ onUpload: ({ window }) => windows.push(window) });
  expect(Math.min(...windows)).toBeLessThan(8);
});

test.each<[Fault, string]>([
  ['damaged', 'aws-failed'],
  ['wrong-checksum', 'aws-failed'],
  ['expired', 'aws-expired'],
  ['refuse', 'aws-failed'],
])(
  '%s of one block, for good: no image, the snapshot is named, and clean-up removes it',
  async (fault, code) => {
    at.front.misbehave(({ action, block }) =>
      action === 'PutSnapshotBlock' && block === BLOCKS[10] ? fault : undefined,
    );
    const failure = await failureOf(publish());
    expect(failure.code).toBe(code);
    const there = await idsThere();
    expect(there).toHaveLength(1);
    expect(idsIn(failure.seen ?? '')).toEqual(there);
    expect(failure.next.join('\n')).toContain(`publish aws cleanup --region ${HOME} --region ${AWAY}`);
    expect(at.front.taken().map(({ action }) => action)).not.toContain('CompleteSnapshot');
    at.front.misbehave(() => undefined);

    const options = { ...at.place(), regions: [HOME, AWAY], prefix: '/basalt', sha256: undefined };
    expect(
      (await cleanAws({ ...options, dryRun: true })).removed.flatMap(({ snapshotIds }) => snapshotIds),
    ).toEqual(there);
    expect(await idsThere()).toEqual(there);
    await cleanAws({ ...options, dryRun: false });
    expect(await idsThere()).toEqual([]);
    // What was removed is not answered from memory: a new snapshot, and a whole one.
    at.front.taken();
    await publish();
    await expectWholeDisk(at.front.taken());
  },
);

test('credentials that expire half-way: the next run sends only what is missing', async () => {
  at.front.misbehave(({ action, number }) =>
    action === 'PutSnapshotBlock' && number >= 12 ? 'expired' : undefined,
  );
  expect((await failureOf(publish())).code).toBe('aws-expired');
  at.front.misbehave(() => undefined);
  const sent = at.front
    .taken()
    .filter(({ action }) => action === 'PutSnapshotBlock')
    .slice(0, 12);
  await publish();
  const requests = at.front.taken();
  const again = requests.filter(({ action }) => action === 'PutSnapshotBlock');
  expect(again.map(({ block }) => block).sort((a = 0, b = 0) => a - b)).toEqual(
    BLOCKS.filter((block) => !sent.some((each) => each.block === block)),
  );
  expect(requests.map(({ action }) => action)).not.toContain('StartSnapshot');
  await expectWholeDisk(requests);
});

test('a region that cannot be copied to: nobody is told, both images are named, and the next run ends it', async () => {
  at.front.misbehave(({ action }) => (action === 'CopyImage' ? 'refuse' : undefined));
  const failure = await failureOf(publish());
  at.front.misbehave(() => undefined);
  const { images, parameters } = await at.observe(HOME);
  expect(parameters).toEqual({});
  expect(failure.seen).toContain(images[0]?.id);
  const [first] = (await publish()).regions;
  expect(first?.imageId).toBe(images[0]?.id);
  expect((await at.observe(AWAY)).parameters['/basalt/aws/stable/latest/amd64']).toMatch(/^ami-/);
});

test('a disk that is not what its manifest says is never completed, and nothing goes on with its blocks', async () => {
  const write = async (text: string) => {
    const file = await open(at.disk.path, 'r+');
    await file.write(text, 3 * MIB).finally(() => file.close());
  };
  const right = (await readFile(at.disk.path)).toString('latin1', 3 * MIB, 3 * MIB + 1);
  await write('x');
  const failure = await failureOf(publish());
  expect(failure.code).toBe('disk-changed');
  expect(await idsThere()).toEqual([]);
  expect(at.front.taken().map(({ action }) => action)).not.toContain('CompleteSnapshot');
  // A rebuild gives the same digest: every block is sent again, to another snapshot.
  await write(right);
  await publish();
  await expectWholeDisk(at.front.taken());
});

test('a connection that goes silent is given up and asked again', async () => {
  let silent = true;
  at.front.hold(async ({ action }) => {
    if (action !== 'PutSnapshotBlock' || !silent) return;
    silent = false;
    await new Promise((resolve) => setTimeout(resolve, 3000));
  });
  await publish({ silentMs: 500 });
  expect(at.messages.join('\n')).toMatch(/PutSnapshotBlock: .*timed out.*asking again/);
  await expectWholeDisk(at.front.taken());
});

test('a retirement that fails names what it was taking away, and does not offer to remove what is published', async () => {
  const of = (version: string) => makeRawDisk(at.folder, { version, sizeBytes: MIB, blocks: [1] });
  const old = await at.publish({ regions: [HOME] }, {}, await of('1'));
  at.front.misbehave(({ action }) => (action === 'DeregisterImage' ? 'refuse' : undefined));
  const second = await of('2');
  const failure = await failureOf(at.publish({ regions: [HOME], keep: 1 }, {}, second));
  const [oldId = '', newId = ''] = [old.regions[0]?.imageId, (await latest())?.toString()];
  expect(failure.seen).toMatch(new RegExp(`${newId}.* in ${HOME}, published; ${oldId}, .*partly removed`));
  // Nobody is told of the old one any more, and it is still there: the next run takes it away.
  at.front.misbehave(() => undefined);
  await at.publish({ regions: [HOME], keep: 1 }, {}, second);
  expect((await at.observe(HOME)).images.map(({ id }) => id)).toEqual([newId]);

  async function latest() {
    return (await at.observe(HOME)).parameters['/basalt/aws/stable/latest/amd64'];
  }
});

test('a clean-up that fails names what is still there', async () => {
  at.front.misbehave(({ action }) => (action === 'CopyImage' ? 'refuse' : undefined));
  await failureOf(publish());
  at.front.misbehave(({ action }) => (action === 'DeleteSnapshot' ? 'refuse' : undefined));
  const clean = () =>
    cleanAws({ ...at.place(), regions: [HOME, AWAY], prefix: '/basalt', sha256: undefined, dryRun: false });
  const failure = await failureOf(clean());
  const snapshots = (await idsThere()).filter((id) => id.startsWith('snap-'));
  expect(snapshots.length).toBeGreaterThan(0);
  expect(idsIn(failure.seen ?? '')).toEqual(expect.arrayContaining(snapshots));
  at.front.misbehave(() => undefined);
  await clean();
  expect(await idsThere()).toEqual([]);
});

test('interrupted: what is there is named', async () => {
  const interrupt = new AbortController();
  at.front.hold(async ({ action, number }) => {
    if (action === 'PutSnapshotBlock' && number === 5) interrupt.abort();
  });
  const error = await publish({ signal: interrupt.signal }).catch((thrown: unknown) => thrown);
  at.front.hold(async () => undefined);
  expect(error).toBeInstanceOf(InterruptedError);
  expect(idsIn((error as InterruptedError).left ?? '')).toEqual(await idsThere());
});

test('killed half-way, the same command goes on', async () => {
  const args = ['publish', 'aws', at.disk.folder, '--region', HOME, '--endpoint-url', at.front.url, '--json'];
  const options = {
    reject: false,
    env: { ...emulatorCredentials, BASALT_STORE: join(at.folder, 'store') },
  } as const;
  let confirmed = 0;
  const enough = new Promise<void>((resolve) => {
    at.front.hold(async ({ action, number }) => {
      if (action !== 'PutSnapshotBlock') return;
      confirmed = number;
      if (number < 10) return;
      resolve();
      // Later blocks wait until the client is gone.
      await new Promise((later) => setTimeout(later, 2000));
    });
  });
  const basalt = join(projectHome, 'basalt');
  const first = execa(basalt, args, { ...options, detached: true });
  await enough;
  await new Promise((resolve) => setTimeout(resolve, 500));
  process.kill(-(first.pid ?? 0), 'SIGKILL');
  await first;
  at.front.hold(async () => undefined);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(confirmed).toBeGreaterThanOrEqual(10);
  at.front.taken();

  const second = await execa(basalt, args, options);
  expect(second.exitCode, second.stdout).toBe(0);
  const requests = at.front.taken();
  expect(requests.map(({ action }) => action)).not.toContain('StartSnapshot');
  expect(requests.filter(({ action }) => action === 'PutSnapshotBlock').length).toBeLessThanOrEqual(
    BLOCKS.length - 8,
  );
  await expectWholeDisk(requests);

  const third = await execa(basalt, args, options);
  expect(third.stdout).toContain('"changed":false');
});

test('no credentials, or an unknown endpoint, are told as such', async () => {
  const args = ['publish', 'aws', at.disk.folder, '--region', HOME, '--endpoint-url', at.front.url];
  const env = {
    PATH: process.env.PATH,
    HOME: at.folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    BASALT_STORE: join(at.folder, 'store'),
  };
  const { exitCode, stderr } = await execa(join(projectHome, 'basalt'), args, {
    reject: false,
    env,
    extendEnv: false,
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('credentials');
  expect(stderr).not.toMatch(/^ +at /m);
});
