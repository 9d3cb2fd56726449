/** A raw disk becomes an AMI in every region: against an emulator of Amazon's services that also keeps its rules. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { leftoversOf } from '../../src/publish/aws/leftovers.ts';
import type { PublishOptions } from '../../src/publish/aws/publish.ts';
import type { Wanted } from '../../src/publish/aws/wanted.ts';
import { MIB } from '../../src/units.ts';
import { emulatorCredentials } from '../support/aws-emulator.ts';
import { publicationsOf } from '../support/aws-publication.ts';
import { projectHome } from '../support/builder.ts';
import { makeRawDisk } from '../support/raw-disk.ts';
import { rebuildDisk } from '../support/snapshot-disk.ts';

const HOME = 'eu-central-1';
const REGIONS = [HOME, 'us-east-1', 'ap-southeast-2'];
/** The last one is not whole. */
const SIZE_BYTES = 40 * MIB + 12_345;
const BLOCKS = [1, 2, 7, 8, 9, 10, 11, 12, 30, 31, 50, 77, 79, 80];

const at = publicationsOf({ version: '1.2.0~rc1', sizeBytes: SIZE_BYTES, blocks: BLOCKS });

const publish = (changes: Partial<Wanted> = {}, options: Partial<PublishOptions> = {}, raw = at.disk) =>
  at.publish(
    {
      regions: REGIONS,
      sharing: { public: false, accounts: ['210987654321'] },
      commit: '0123abcd',
      ...changes,
    },
    options,
    raw,
  );

const actions = () => at.front.taken().map(({ action }) => action);
const changing = (all: readonly string[]) => all.filter((action) => !/^(Get|Describe|List)/.test(action));

test('every region gets the image, shared, tagged and told of; every block is what it was', async () => {
  at.front.slowness(2);
  const published = await publish();
  const requests = at.front.taken();
  const puts = requests.filter(({ action }) => action === 'PutSnapshotBlock');
  expect(puts.map(({ block }) => block).sort((a = 0, b = 0) => a - b)).toEqual(BLOCKS);
  expect(puts.filter(({ zero }) => zero)).toEqual([]);
  expect(at.messages.join('\n')).toMatch(
    /^snapshot snap-\w+ in eu-central-1: 14 blocks sent, 7 MiB in [\d.]+ s, [\d.]+ MiB\/s$/m,
  );

  expect(published).toMatchObject({ changed: true, version: '1.2.0~rc1', sha256: at.disk.sha256 });
  expect(published.regions.map(({ region }) => region)).toEqual(REGIONS);
  for (const { region, imageId } of published.regions) {
    const { images, parameters, sharing } = await at.observe(region, published.name);
    expect(images).toHaveLength(1);
    expect(images[0]).toMatchObject({
      id: imageId,
      name: `basalt/aws/1.2.0_rc1/amd64/${at.disk.sha256.slice(0, 12)}`,
      tags: {
        'basalt:version': '1.2.0~rc1',
        'basalt:commit': '0123abcd',
        'basalt:sha256': at.disk.sha256,
        'basalt:root-hash': expect.stringMatching(/^[0-9a-f]{64}$/),
        'basalt:published': 'stable',
      },
    });
    expect(parameters).toEqual({
      '/basalt/aws/stable/1.2.0_rc1/amd64': imageId,
      '/basalt/aws/stable/latest/amd64': imageId,
    });
    // The image and its snapshots.
    expect(Object.keys(sharing).length).toBeGreaterThanOrEqual(2);
    for (const shared of Object.values(sharing))
      expect(shared).toEqual({ public: false, accounts: ['210987654321'] });
  }
  expect(JSON.parse(await readFile(join(at.disk.folder, 'amis.json'), 'utf8'))).toMatchObject({
    regions: Object.fromEntries(published.regions.map(({ region, imageId }) => [region, imageId])),
  });

  // Nobody is told before the image is in every region; `latest` comes after all versions.
  const order = requests.map(({ action }) => action);
  expect(order.indexOf('PutParameter')).toBeGreaterThan(order.lastIndexOf('CopyImage'));
  expect(order.indexOf('PutParameter')).toBeGreaterThan(order.lastIndexOf('ModifySnapshotAttribute'));

  const [home] = published.regions;
  const rebuilt = join(at.folder, 'rebuilt.raw');
  const snapshotId =
    requests
      .find(({ action }) => action === 'CompleteSnapshot')
      ?.path.split('/')
      .at(-1) ?? '';
  expect(home?.snapshotIds).toContain(snapshotId);
  const { blocks } = await rebuildDisk({
    url: at.emulator.url,
    region: HOME,
    snapshotId,
    sizeBytes: SIZE_BYTES,
    path: rebuilt,
  });
  expect(blocks).toEqual(BLOCKS);
  const bytes = await readFile(rebuilt);
  expect(bytes.subarray(0, SIZE_BYTES).equals(await readFile(at.disk.path))).toBe(true);
  expect(bytes.subarray(SIZE_BYTES).every((byte) => byte === 0)).toBe(true);
});

test('a second run changes nothing; a new region, account or channel is added', async () => {
  const first = await publish({ regions: [HOME] });
  at.front.taken();
  expect(await publish({ regions: [HOME], commit: 'another' })).toMatchObject({ changed: false, steps: [] });
  expect(changing(actions())).toEqual([]);

  const more = await publish({
    regions: [HOME, 'us-east-1'],
    channel: 'beta',
    sharing: { public: true, accounts: ['210987654321', '333333333333'] },
  });
  expect(more.regions[0]).toEqual(first.regions[0]);
  const done = changing(actions());
  expect(done).not.toContain('PutSnapshotBlock');
  expect(done).not.toContain('RegisterImage');
  expect(done.filter((action) => action === 'CopyImage')).toHaveLength(1);
  const { parameters, sharing } = await at.observe(HOME, more.name);
  expect(Object.keys(parameters).sort()).toEqual([
    '/basalt/aws/beta/1.2.0_rc1/amd64',
    '/basalt/aws/beta/latest/amd64',
    '/basalt/aws/stable/1.2.0_rc1/amd64',
    '/basalt/aws/stable/latest/amd64',
  ]);
  for (const shared of Object.values(sharing)) {
    expect(shared.public).toBe(true);
    expect([...shared.accounts].sort()).toEqual(['210987654321', '333333333333']);
  }
});

test('a dry run tells all steps and does none', async () => {
  const planned = await publish({}, { dryRun: true });
  expect(planned.steps.map(({ kind, region }) => `${kind} ${region}`)).toEqual([
    `upload ${HOME}`,
    `register ${HOME}`,
    `wait ${HOME}`,
    ...['copy', 'wait'].flatMap((kind) => REGIONS.slice(1).map((region) => `${kind} ${region}`)),
    ...['tag', 'share', 'parameter', 'parameter', 'tag'].flatMap((kind) =>
      REGIONS.map((region) => `${kind} ${region}`),
    ),
  ]);
  expect(changing(actions())).toEqual([]);
  expect((await at.observe(HOME)).snapshots).toEqual([]);
});

test('old versions go, but never one that another channel points to', async () => {
  const of = async (version: string) => makeRawDisk(at.folder, { version, sizeBytes: MIB, blocks: [1] });
  const ids: Record<string, string> = {};
  for (const version of ['1', '2', '3', '4']) {
    const channel = version === '1' ? 'lts' : 'stable';
    const { regions } = await publish({ regions: [HOME], channel }, {}, await of(version));
    ids[version] = regions[0]?.imageId ?? '';
    // The emulator's clock for images has whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
  }
  const before = await at.observe(HOME);
  const fifth = await publish({ regions: [HOME], keep: 2 }, {}, await of('5'));
  const retired = fifth.steps.filter(({ kind }) => kind === 'retire');
  expect(retired).toHaveLength(2);
  const { images, snapshots, parameters } = await at.observe(HOME);
  expect(images.map(({ id }) => id).sort()).toEqual([ids['1'], ids['4'], fifth.regions[0]?.imageId].sort());
  expect(snapshots.length).toBeLessThan(before.snapshots.length);
  expect(Object.keys(parameters)).not.toContain('/basalt/aws/stable/2/amd64');
  expect(parameters['/basalt/aws/lts/latest/amd64']).toBe(ids['1']);
  expect(await publish({ regions: [HOME], keep: 2 }, {}, await of('5'))).toMatchObject({ changed: false });
  expect(leftoversOf(await at.observe(HOME))).toEqual([]);
});

test('the command: a plan, a publication, the same again, nothing left over; what cannot be is refused at once', async () => {
  const basalt = (...args: string[]) =>
    execa(join(projectHome, 'basalt'), ['publish', 'aws', ...args, '--endpoint-url', at.front.url], {
      reject: false,
      env: { ...emulatorCredentials, AWS_REGION: HOME, BASALT_STORE: join(at.folder, 'store') },
    });
  const planned = await basalt(at.disk.folder, '--dry-run', '--account', '210987654321');
  expect(planned.exitCode, planned.stderr).toBe(0);
  expect(planned.stdout).toMatch(/^ {2}1 {2}send the disk's blocks to a new snapshot in eu-central-1$/m);
  expect(planned.stdout).toMatch(/steps in account 123456789012; nothing was done$/);
  expect(changing(actions())).toEqual([]);
  const made = await basalt(at.disk.folder, '--commit', 'abc');
  expect(made.exitCode, made.stderr).toBe(0);
  expect(made.stdout).toMatch(/^eu-central-1 +ami-[0-9a-f]+ +snap-/);
  expect((await basalt(at.disk.path)).stdout).toContain('nothing changed');
  expect((await basalt('cleanup')).stdout).toContain('nothing is left over');
  for (const [wrong, seen] of [
    [['--region', 'moon'], 'moon'],
    [['--account', '12'], 'twelve digits'],
    [['--keep', '0'], '--keep'],
    [['--ssm-prefix', '/aws/mine'], '/basalt'],
  ] as const) {
    const refused = await basalt(at.disk.folder, ...wrong);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(seen);
  }
  const text = join(at.folder, 'machine.img');
  const file = await open(text, 'w');
  await file.truncate(MIB).finally(() => file.close());
  const other = await basalt(text);
  expect(other.exitCode).toBe(3);
  expect(other.stderr).toContain('this is not a raw disk');
  const empty = await basalt(at.folder);
  expect(empty.exitCode).toBe(1);
  expect(empty.stderr).toContain('manifest.json');
});
