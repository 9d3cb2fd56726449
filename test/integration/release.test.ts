/** The update repository, with real keys, real zstd and made-up builds. */
import { appendFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addRelease } from '../../src/release/add.ts';
import { changeTargets } from '../../src/release/change.ts';
import type { ReleaseContext } from '../../src/release/context.ts';
import { makeDeltas } from '../../src/release/delta.ts';
import { renew } from '../../src/release/expire.ts';
import { initRepository } from '../../src/release/init.ts';
import { promote, withdraw } from '../../src/release/promote.ts';
import { Repository, targetsOf } from '../../src/release/repository.ts';
import { retire } from '../../src/release/retire.ts';
import { defaultLifetimes } from '../../src/release/roles.ts';
import { parseChannel } from '../../src/release-format/channel.ts';
import { parseRelease } from '../../src/release-format/release.ts';
import { MIB } from '../../src/units.ts';
import {
  makeBuild,
  makeReleasePlace,
  type ReleasePlace,
  repositoryProblems,
} from '../support/release-build.ts';

let place: ReleasePlace;
let context: ReleaseContext;
beforeEach(async () => {
  place = await makeReleasePlace();
  context = place.context;
  await initRepository(context, { rootKeys: 1, threshold: 1, lifetimes: defaultLifetimes });
});
afterEach(() => place.remove());

/** A build of this version, in the repository and, if one is named, in a channel. */
async function release(version: string, channel?: string): Promise<void> {
  await addRelease(context, { folder: (await makeBuild(place.folder, { version })).folder });
  if (channel !== undefined) await promote(context, { version, channel });
}

async function readNow(path: string): Promise<string> {
  const repository = new Repository(context.repository);
  return repository.readTarget(await repository.state(), path);
}

const channelNow = async (name = 'stable') => parseChannel(await readNow(`qemu/channels/${name}.json`));
const versions = async (name?: string) => (await channelNow(name)).releases.map(({ version }) => version);

/** Names of metadata files. */
const metadata = () => readdir(join(context.repository, 'metadata'));

async function fileOf(path: string): Promise<string> {
  const repository = new Repository(context.repository);
  const target = targetsOf(await repository.state()).get(path);
  expect(target, path).toBeDefined();
  return repository.targetPath(path, target?.sha256 ?? '');
}

test('a build is added, promoted, added to by deltas, and all of it verifies', async () => {
  for (const version of ['1', '2']) {
    const build = await makeBuild(place.folder, { version, rootBytes: 4 * MIB });
    const added = await addRelease(context, { folder: build.folder });
    expect(added).toMatchObject({ image: 'qemu', version, state: 'added' });
    await promote(context, { version, channel: 'stable' });
  }
  const { deltas } = await makeDeltas(context, { version: '2', channel: 'stable', previous: 1 });
  expect(deltas.map(({ part, from, state }) => [part, from, state])).toEqual([
    ['verity', '1', 'left-out'],
    ['root', '1', 'made'],
    ['uki', '1', 'made'],
  ]);
  expect(deltas[1]?.sizeBytes).toBeLessThan(20_000);
  const told = parseRelease(await readNow('qemu/2/release.json'));
  const first = parseRelease(await readNow('qemu/1/release.json'));
  expect(told).toMatchObject({ image: 'qemu', version: '2', architecture: 'x86-64' });
  expect(told.parts.root.deltas).toEqual([
    {
      target: 'qemu/2/root.from-1.zst',
      sizeBytes: deltas[1]?.sizeBytes,
      from: '1',
      fromSha256: first.parts.root.sha256,
      fromSizeBytes: 4 * MIB,
    },
  ]);
  expect(told.parts.verity.deltas).toEqual([]);
  expect(await repositoryProblems(context)).toEqual([]);
});

test.each([
  ['grew', 2, 5],
  ['shrank', 5, 2],
])('a delta is made when the root %s', async (_how, before, after) => {
  for (const [version, size] of [
    ['1', before],
    ['2', after],
  ] as const) {
    const build = await makeBuild(place.folder, { version, rootBytes: size * MIB });
    await addRelease(context, { folder: build.folder });
  }
  const { deltas } = await makeDeltas(context, { version: '2', from: ['1'] });
  expect(deltas.find(({ part }) => part === 'root')).toMatchObject({ state: 'made' });
  expect(await repositoryProblems(context)).toEqual([]);
});

test('what is there already changes nothing when it is asked for again', async () => {
  await release('1', 'stable');
  await release('2', 'stable');
  await makeDeltas(context, { version: '2', from: ['1'] });
  const before = await metadata();
  expect(await addRelease(context, { folder: join(place.folder, 'qemu/2') })).toMatchObject({
    state: 'kept',
  });
  expect(await promote(context, { version: '2', channel: 'stable' })).toMatchObject({ state: 'kept' });
  const { deltas } = await makeDeltas(context, { version: '2', from: ['1'] });
  expect(deltas.map(({ state }) => state)).toEqual(['left-out', 'kept', 'kept']);
  expect(await metadata()).toEqual(before);
});

test('a version never gets other content', async () => {
  await release('1');
  const before = await metadata();
  const other = await makeBuild(join(place.folder, 'other'), { version: '1', seed: 'other' });
  await expect(addRelease(context, { folder: other.folder })).rejects.toMatchObject({
    code: 'release-differs',
  });
  expect(await metadata()).toEqual(before);
});

test.each([
  ['1.0-RC1', '1.0-rc1'],
  // Numbers: the boot loader finds neither newer.
  ['1.01', '1.1'],
])('version %s does not come beside %s', async (version, known) => {
  await release(known);
  const { folder } = await makeBuild(place.folder, { version });
  const before = await metadata();
  await expect(addRelease(context, { folder })).rejects.toMatchObject({ code: 'version-unclear' });
  expect(await metadata()).toEqual(before);
});

test('a build that is damaged, incomplete, or too large is not added, and leaves no file', async () => {
  const build = await makeBuild(place.folder, { version: '1' });
  const targets = () => readdir(join(context.repository, 'targets'), { recursive: true }).catch(() => []);
  await expect(addRelease(context, { folder: build.folder, limitBytes: MIB })).rejects.toMatchObject({
    code: 'release-too-large',
    needed: 'at most 1 MiB',
  });
  await appendFile(join(build.folder, 'qemu_1.root'), 'x');
  await expect(addRelease(context, { folder: build.folder })).rejects.toMatchObject({
    code: 'build-damaged',
    where: join(build.folder, 'qemu_1.root'),
  });
  const manifest = join(build.folder, 'manifest.json');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"role":"uki"', '"role":"kernel"'));
  await expect(addRelease(context, { folder: build.folder })).rejects.toMatchObject({ code: 'part-missing' });
  await expect(addRelease(context, { folder: place.folder })).rejects.toMatchObject({
    code: 'manifest-missing',
  });
  // The parts that were too large are swept by the next change.
  await release('2');
  expect((await targets()).filter((name) => name.startsWith('qemu/1'))).toEqual([]);
  expect(await repositoryProblems(context)).toEqual([]);
});

test('channels have barriers and dead ends, with reasons, until they are taken away', async () => {
  for (const version of ['1', '2', '3']) await release(version, 'stable');
  await promote(context, { version: '2', channel: 'stable', barrier: 'moves data' });
  await promote(context, { version: '1', channel: 'stable', deadEnd: 'too small' });
  expect((await channelNow()).releases).toMatchObject([
    { version: '1', deadEnd: 'too small' },
    { version: '2', barrier: 'moves data' },
    { version: '3' },
  ]);
  // Nothing else of it changes.
  await promote(context, { version: '2', channel: 'stable' });
  expect((await channelNow()).releases[1]?.barrier).toBe('moves data');
  await promote(context, { version: '2', channel: 'stable', barrier: false });
  await promote(context, { version: '1', channel: 'stable', deadEnd: false });
  expect((await channelNow()).releases.flatMap(({ barrier, deadEnd }) => [barrier, deadEnd])).toEqual(
    Array(6).fill(undefined),
  );
});

test('a channel takes no release that is not there, and gives one back', async () => {
  await release('1', 'stable');
  await release('2');
  const unknown = promote(context, { version: '9', channel: 'stable' });
  await expect(unknown).rejects.toMatchObject({ code: 'release-unknown', seen: '1, 2' });
  const notIn = promote(context, { version: '2', channel: 'stable', deadEnd: 'why' });
  await expect(notIn).rejects.toMatchObject({ code: 'not-in-channel' });
  await expect(promote(context, { version: '2', channel: '../x' })).rejects.toMatchObject({
    code: 'channel-invalid',
  });
  await promote(context, { version: '2', channel: 'stable' });
  await withdraw(context, { version: '2', channel: 'stable' });
  expect(await versions()).toEqual(['1']);
  await promote(context, { version: '2', channel: 'stable' });
  await promote(context, { version: '1', channel: 'stable' });
  expect(place.messages).toEqual([]);
  await promote(context, { version: '1', channel: 'beta' });
  await promote(context, { version: '2', channel: 'beta' });
  await withdraw(context, { version: '1', channel: 'beta' });
  await promote(context, { version: '1', channel: 'beta' });
  expect(place.messages.join('\n')).toContain('2 is newer: machines of the channel beta take that');
});

test('with two images the one that is meant must be named', async () => {
  await release('1');
  await addRelease(context, {
    folder: (await makeBuild(place.folder, { image: 'metal', version: '1' })).folder,
  });
  const unclear = promote(context, { version: '1', channel: 'stable' });
  await expect(unclear).rejects.toMatchObject({ code: 'image-needed', seen: 'metal, qemu' });
  await promote(context, { image: 'metal', version: '1', channel: 'stable' });
  expect(await readNow('metal/channels/stable.json')).toContain('"metal"');
});

test('old releases go, but for barriers, dead ends and what was not promoted yet', async () => {
  for (const version of ['1', '2', '3', '4', '5']) await release(version, 'stable');
  for (const version of ['2.5', '6']) await release(version);
  await promote(context, { version: '2', channel: 'stable', barrier: 'moves data' });
  await makeDeltas(context, { version: '5', from: ['3'] });
  const inChannel = retire(context, { remove: ['3'] });
  await expect(inChannel).rejects.toMatchObject({ code: 'release-in-channel', seen: 'it is in stable' });
  const old = await fileOf('qemu/1/root.zst');
  const result = await retire(context, { remove: ['6'], keep: 2 });
  expect(result.removed).toEqual(['1', '2.5', '3', '6']);
  expect(result.left).toEqual([{ channel: 'stable', versions: ['1', '3'] }]);
  expect(await versions()).toEqual(['2', '4', '5']);
  // Somebody may be downloading it.
  expect((await readFile(old)).length).toBeGreaterThan(0);
  // A machine with version 3 can still use the delta; here it cannot be tried any more.
  const open = await repositoryProblems(context);
  expect(open).toHaveLength(2);
  expect(open.join('\n')).toContain('3 is not in the repository any more');

  const nextWeek = () => new Date(Date.now() + 7 * 24 * 3600 * 1000);
  await renew({ ...context, now: nextWeek }, { roles: [] });
  await expect(readFile(old)).rejects.toMatchObject({ code: 'ENOENT' });
  expect((await metadata()).filter((name) => name.endsWith('targets.json'))).toHaveLength(1);
  expect(await repositoryProblems(context)).toHaveLength(2);
});

test('dates are renewed as they come, and what runs out is told', async () => {
  await release('1', 'stable');
  const states = async (days: number, roles: Parameters<typeof renew>[1]['roles'] = []) => {
    place.messages.length = 0;
    const now = () => new Date(Date.now() + days * 24 * 3600 * 1000);
    const renewed = await renew({ ...context, now }, { roles });
    return renewed.filter(({ state }) => state === 'signed').map(({ role }) => role);
  };
  expect(await states(0)).toEqual(['timestamp']);
  expect(place.messages).toEqual([]);
  expect(await states(50)).toEqual(['snapshot', 'timestamp']);
  expect(await states(350)).toEqual(['snapshot', 'timestamp']);
  expect(place.messages.join('\n')).toMatch(/root runs out on .*--role root\ntargets runs out on/);
  expect(await states(400)).toContain('snapshot');
  expect(place.messages.join('\n')).toMatch(/targets ran out on .*clients refuse it/);
  const late = { ...context, now: () => new Date(Date.now() + 400 * 24 * 3600 * 1000) };
  expect((await repositoryProblems(late)).join('\n')).toMatch(/root\.json .*ran out on/);
  expect(await states(400, ['root', 'targets'])).toEqual(['root', 'targets', 'snapshot', 'timestamp']);
  expect(place.messages).toEqual([]);
  expect(await repositoryProblems(late)).toEqual([]);
});

test.each<[what: string, path: string, claim: RegExp]>([
  ['a root', 'qemu/1/root.zst', /^qemu\/1\/root\.zst has its SHA-256/],
  ['a delta', 'qemu/2/root.from-1.zst', /^qemu\/2\/root\.from-1\.zst has its SHA-256/],
  ['a release', 'qemu/1/release.json', /^qemu\/1\/release\.json has its SHA-256/],
  ['a channel', 'qemu/channels/stable.json', /^qemu\/channels\/stable\.json has its SHA-256/],
])('verify names %s that was changed, cut short, or is gone', async (_what, path, claim) => {
  await release('1', 'stable');
  await release('2', 'stable');
  await makeDeltas(context, { version: '2', from: ['1'] });
  const file = await fileOf(path);
  const good = await readFile(file);
  const changed = Buffer.from(good);
  changed.writeUInt8(changed.readUInt8(10) ^ 1, 10);
  for (const bytes of [changed, good.subarray(0, 5), undefined]) {
    await rm(file);
    if (bytes !== undefined) await writeFile(file, bytes);
    const problems = await repositoryProblems(context);
    expect(problems[0]).toMatch(claim);
  }
  await writeFile(file, good);
  expect(await repositoryProblems(context)).toEqual([]);
});

test.each<[file: string, from: string | RegExp, to: string, problem: RegExp]>([
  [
    '1.root.json',
    '"threshold":1',
    '"threshold":2',
    /^1\.root\.json is signed by enough of its own keys: .*0\/2/,
  ],
  ['timestamp.json', /"version":2/, '"version":3', /^timestamp\.json is signed .*0\/1 keys/],
  [
    '2.snapshot.json',
    /"version":2/,
    '"version":3',
    /^2\.snapshot\.json is signed .*\n2\.snapshot\.json is what names it/,
  ],
  ['2.targets.json', 'root.zst', 'boot.zst', /^2\.targets\.json is signed by enough keys of the root/],
  ['2.targets.json', '{', '', /^2\.targets\.json can be read/],
])('verify names %s when it says something else', async (file, from, to, problem) => {
  await release('1');
  const path = join(context.repository, 'metadata', file);
  const text = await readFile(path, 'utf8');
  expect(text.replace(from, to)).not.toBe(text);
  await writeFile(path, text.replace(from, to));
  expect((await repositoryProblems(context)).join('\n')).toMatch(problem);
});

test('verify finds signed content that is wrong: a part that unpacks to something else, a delta, a missing release', async () => {
  await release('1', 'stable');
  await release('2', 'stable');
  await makeDeltas(context, { version: '2', from: ['1'] });
  const repository = new Repository(context.repository);
  // As a publisher with a defect would sign it.
  await changeTargets(context, async (draft) => {
    const text = (await draft.readText('qemu/2/release.json')) ?? '';
    const { root, uki } = parseRelease(text).parts;
    await draft.putText('qemu/2/release.json', text.replace(uki.sha256, root.sha256));
    const other = await readFile(draft.fileOf('qemu/2/uki.from-1.zst') ?? '');
    const file = await draft.unfinished('qemu/2/root.from-1.zst');
    await writeFile(file, other);
    await draft.putFile('qemu/2/root.from-1.zst', file);
    const channel = (await draft.readText('qemu/channels/stable.json')) ?? '';
    await draft.putText('qemu/channels/stable.json', channel.replaceAll('"1"', '"0"'));
  });
  await repository.state();
  const problems = (await repositoryProblems(context)).join('\n');
  expect(problems).toMatch(/^qemu\/2\/uki\.zst unpacks to what its release says: \d+ bytes with SHA-256/m);
  expect(problems).toMatch(
    /^qemu\/2\/root\.from-1\.zst is there with \d+ bytes, as its release says: it has/m,
  );
  expect(problems).toMatch(/^qemu\/2\/root\.from-1\.zst makes its part from that of 1: /m);
  expect(problems).toMatch(
    /^qemu\/channels\/stable\.json leads to releases that are there: there is no release 0$/m,
  );
});

test('where no repository is, that is what is said, and none is made', async () => {
  const empty = { ...context, repository: join(place.folder, 'nowhere') };
  await expect(renew(empty, { roles: [] })).rejects.toMatchObject({ code: 'no-repository' });
  expect(await readdir(place.folder)).not.toContain('nowhere');
  await rename(join(context.repository, 'metadata/timestamp.json'), join(place.folder, 'timestamp.json'));
  await expect(renew(context, { roles: [] })).rejects.toMatchObject({
    code: 'no-repository',
    seen: 'no metadata/timestamp.json',
  });
});
