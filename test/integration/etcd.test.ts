/** The agent's work around etcd, with the image's etcd and the real QuickJS: joining, replacing, snapshots, restoring. */
import { mkdir, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectFailure } from '../../src/agent/etcd/connect-failure.ts';
import { makeEtcdPki } from '../../src/pki/etcd-pki.ts';
import { type ClusterPlace, EtcdClient, EtcdMember, extractEtcd, Writer } from '../support/etcd-cluster.ts';
import { testImage } from '../support/image.ts';
import { testToolbox } from '../support/toolbox.ts';

/** On the loopback, far from what other programs use. */
const ADDRESSES = [
  ['node1', '127.77.0.11'],
  ['node2', '127.77.0.12'],
  ['node3', '127.77.0.13'],
] as const;

let place: ClusterPlace;
let members: EtcdMember[];
let late: EtcdMember;
let client: EtcdClient;

beforeAll(async () => {
  const toolbox = await testToolbox();
  const folder = await mkdtemp(join(tmpdir(), 'basalt-etcd-test-'));
  place = {
    toolbox,
    folder,
    programs: join(folder, 'programs'),
    agent: join(folder, 'agent'),
    pki: join(folder, 'pki'),
  };
  await mkdir(place.programs);
  await extractEtcd(toolbox, (await testImage()).path('squashfs'), place.programs);
  const home = resolve(import.meta.dirname, '../..');
  const compiler: { compileAgent(root: string, folder: string): Promise<void> } = await import(
    join(home, 'scripts/compile-agent.mjs')
  );
  await compiler.compileAgent(`${home}/`, place.agent);
  const named = [...ADDRESSES, ['node4', '127.77.0.14']] as const;
  await makeEtcdPki({
    folder: place.pki,
    name: 'test',
    members: named.map(([name, address]) => ({ name, alternatives: [address] })),
    authorityDays: 10,
    days: 10,
    renew: false,
    now: new Date(),
  });
  members = ADDRESSES.map(([name, address]) => new EtcdMember(place, name, address, ADDRESSES));
  late = new EtcdMember(place, 'node4', '127.77.0.14', [], { BASALT_ETCD_JOIN: 'https://127.77.0.12:2380' });
  client = new EtcdClient(
    place,
    members.map(({ clientUrl }) => clientUrl),
  );
});

afterAll(async () => {
  for (const member of [...members, late]) await member.kill();
  await rm(place.folder, { recursive: true, force: true });
});

const voters = async () =>
  (await client.members()).filter(({ learner, clientUrls }) => !learner && clientUrls.length > 0);

/** A machine in the place of one that died: the same name, the same address, an empty disk. */
async function replace(member: EtcdMember): Promise<void> {
  await member.kill();
  await member.wipe();
  await member.start();
  const promoted = await member.agent('promote');
  expect(promoted.stderr).toMatch(/votes/);
  expect(promoted.exitCode).toBe(0);
}

test('the real curl tells a refused connection from a network without a way', async () => {
  // Its own network namespace: a loopback, and no route to anything else.
  const script =
    'curl --silent --show-error --verbose --max-time 4 --noproxy "*" "$1" 2>&1 >/dev/null; echo "exit $?"';
  const failureAt = async (url: string) => {
    const { stdout } = await place.toolbox.run(['sh', '-c', script, 'sh', url]);
    return connectFailure(Number(/^exit (\d+)$/m.exec(stdout)?.[1]), stdout);
  };
  expect(await failureAt('http://127.0.0.1:9/')).toBe('refused');
  expect(await failureAt('http://192.0.2.1:9/')).toBe('unreachable');
  expect(await failureAt('http://none.invalid:9/')).toBe('unnamed');
});

test('three members that start together make a cluster', async () => {
  const said = await Promise.all(members.map((member) => member.start()));
  for (const text of said) expect(text).toMatch(/etcd starts and waits for them|etcd takes part/);
  await client.until('the cluster is healthy', () => client.isHealthy());
  expect((await voters()).map(({ name }) => name).sort()).toEqual(['node1', 'node2', 'node3']);
});

test('a member that has data starts as it is, whoever answers', async () => {
  const [, node2] = members;
  await node2?.kill();
  const joined = await node2?.agent('join');
  expect(joined).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('etcd has data') });
  await node2?.startEtcd();
  await client.until('it is back', () => client.isHealthy());
});

test('a living member is not replaced by a machine with its name', async () => {
  const [node1] = members;
  const impostor = new EtcdMember(
    { ...place, folder: join(place.folder, 'impostor') },
    'node1',
    node1?.address ?? '',
    ADDRESSES,
  );
  const before = await client.members();
  const joined = await impostor.agent('join');
  expect(joined.exitCode).toBe(1);
  expect(joined.stderr).toMatch(/node1 \([0-9a-f]+\) is alive/);
  expect(await client.members()).toEqual(before);
});

test('while a client writes, one member is killed and comes back, then all are replaced: nothing acknowledged is lost', async () => {
  const writer = new Writer(client);
  await client.until('it writes', async () => writer.acknowledged.length > 5);

  await members[2]?.kill();
  const atKill = writer.acknowledged.length;
  await client.until('writes go on without it', async () => writer.acknowledged.length > atKill + 20);
  await members[2]?.start();
  await client.until('it caught up', () => client.isHealthy());

  const idsBefore = (await voters()).map(({ id }) => id);
  for (const member of members) {
    await replace(member);
    await client.until(
      'all three vote',
      async () => (await voters()).length === 3 && (await client.isHealthy()),
    );
    const at = writer.acknowledged.length;
    await client.until('it writes on', async () => writer.acknowledged.length > at + 10);
  }
  await writer.stop();

  const after = await voters();
  expect(after.map(({ name }) => name).sort()).toEqual(['node1', 'node2', 'node3']);
  for (const { id } of after) expect(idsBefore).not.toContain(id);
  const { stdout } = await client.etcdctl('get', '--prefix', 'write/', '--keys-only');
  const kept = new Set(stdout.split('\n').filter((line) => line !== ''));
  expect(writer.acknowledged.filter((key) => !kept.has(key))).toEqual([]);
  expect(writer.acknowledged.length).toBeGreaterThan(60);
});

test('joining twice adds a member once, even with another disk', async () => {
  const first = await late.agent('join');
  expect(first.stderr).toMatch(/joins the running cluster/);
  await late.wipe();
  const second = await late.agent('join');
  expect(second.exitCode).toBe(0);
  const added = (await client.members()).filter(({ peerUrls }) => peerUrls.includes(late.peerUrl));
  expect(added).toHaveLength(1);
  expect(added[0]?.learner).toBe(true);
  // So that it becomes a voter.
  expect(await readdir(late.folder('basalt'))).toEqual(['etcd-learner']);
});

test('a new member joins by discovery of a running one, and votes', async () => {
  await late.start();
  expect((await late.agent('promote')).exitCode).toBe(0);
  expect((await voters()).map(({ name }) => name).sort()).toEqual(['node1', 'node2', 'node3', 'node4']);
  const id = (await client.members()).find(({ name }) => name === 'node4')?.id ?? '';
  await client.etcdctl('member', 'remove', id);
  await late.kill();
});

test('defragmentation: the leader hands over first, and the cluster stays well', async () => {
  const before = (await client.etcdctl('endpoint', 'status')).stdout.split('\n');
  const leading = members.findIndex(({ clientUrl }) =>
    before.some((line) => line.startsWith(clientUrl) && line.split(', ')[4] === 'true'),
  );
  const done = await members[leading]?.agent('defrag', '--force');
  expect(done).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/\d+ bytes before, \d+ after/) });
  const after = (await client.etcdctl('endpoint', 'status')).stdout.split('\n');
  expect(after.find((line) => line.startsWith(members[leading]?.clientUrl ?? ''))?.split(', ')[4]).toBe(
    'false',
  );
  expect(await client.isHealthy()).toBe(true);
  expect((await client.etcdctl('get', '--prefix', 'basalt/defrag')).stdout).toBe('');
});

test('snapshots are verified and only some are kept; a cut one is refused', async () => {
  const [node1] = members;
  if (node1 === undefined) throw new Error('no member');
  for (let count = 0; count < 3; count++) {
    await client.etcdctl('put', 'restored', String(count));
    const saved = await node1.agent('snapshot', '--keep=2');
    expect(saved).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/etcd-snapshots\/etcd-\d+T\d+Z-r\d+\.db: \d+ keys/),
    });
  }
  const names = await readdir(join(node1.folder('basalt'), 'etcd-snapshots'));
  expect(names).toHaveLength(2);
});

test('a restore brings back what the snapshot had, on all members', async () => {
  await client.etcdctl('put', 'restored', 'after the snapshot');
  await client.etcdctl('put', 'later', 'yes');
  const [node1, ...others] = members;
  if (node1 === undefined) throw new Error('no member');
  const folder = join(node1.folder('basalt'), 'etcd-snapshots');
  const name = (await readdir(folder)).sort().at(-1) ?? '';
  for (const member of others)
    await place.toolbox.run(['cp', `/from/${name}`, `/to/${name}`], {
      binds: [
        { source: folder, target: '/from' },
        { source: member.folder('basalt'), target: '/to', writable: true },
      ],
    });
  const fileOf = (member: EtcdMember) =>
    member === node1 ? `/var/lib/basalt/etcd-snapshots/${name}` : `/var/lib/basalt/${name}`;

  await node1.kill();
  const tooEarly = await node1.agent('restore', fileOf(node1));
  expect(tooEarly).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/etcd runs at .* Stop it on every member/),
  });

  for (const member of others) await member.kill();
  await truncate(join(others[0]?.folder('basalt') ?? '', name), 20_000);
  const cut = await others[0]?.agent('restore', fileOf(others[0]));
  expect(cut).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/is no whole snapshot/) });
  await place.toolbox.run(['cp', `/from/${name}`, `/to/${name}`], {
    binds: [
      { source: folder, target: '/from' },
      { source: others[0]?.folder('basalt') ?? '', target: '/to', writable: true },
    ],
  });

  for (const member of members) {
    const done = await member.agent('restore', fileOf(member));
    expect(done.stderr).toBe('');
    expect(done.stdout).toMatch(/restore the same file on the other 2 members/);
  }
  await Promise.all(members.map((member) => member.start()));
  await client.until('the restored cluster is healthy', () => client.isHealthy());
  expect((await client.etcdctl('get', 'restored', '--print-value-only')).stdout).toBe('2');
  expect((await client.etcdctl('get', 'later')).stdout).toBe('');
  const put = await client.etcdctl('put', 'new', 'yes', '--write-out=json');
  expect(JSON.parse(put.stdout).header.revision).toBeGreaterThan(1_000_000_000);
  const kept = await readdir(node1.folder('etcd'));
  expect(kept.some((each) => each.startsWith('default.before-'))).toBe(true);
});
