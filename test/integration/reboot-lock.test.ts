/** The lock in etcd: real etcd with TLS, real curl, the real agent under QuickJS on several made-up machines. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RebootStatus } from '../../src/agent/reboot/status.ts';
import { makeEtcdPki } from '../../src/pki/etcd-pki.ts';
import { compiledAgent } from '../support/agent-machine.ts';
import { type ClusterPlace, EtcdClient, EtcdMember, extractEtcd } from '../support/etcd-cluster.ts';
import { testImage } from '../support/image.ts';
import { LoneMachine, type LonePlace } from '../support/lone-machine.ts';
import { testToolbox } from '../support/toolbox.ts';

/** On the loopback, far from what other programs use. */
const ADDRESSES = [
  ['node1', '127.77.4.11'],
  ['node2', '127.77.4.12'],
  ['node3', '127.77.4.13'],
] as const;
/** Of a cluster of its own, which knows users. */
const ALONE = ['alone', '127.77.4.14'] as const;
const NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];

let cluster: ClusterPlace;
let bundle: Awaited<ReturnType<typeof compiledAgent>>;
let members: EtcdMember[];
let client: EtcdClient;
let machines: LoneMachine[];
let settings: Record<string, string>;

beforeAll(async () => {
  const toolbox = await testToolbox();
  bundle = await compiledAgent();
  const folder = await mkdtemp(join(tmpdir(), 'basalt-lock-test-'));
  cluster = {
    toolbox,
    folder,
    programs: join(folder, 'programs'),
    agent: bundle.folder,
    pki: join(folder, 'pki'),
  };
  await mkdir(cluster.programs);
  await extractEtcd(toolbox, (await testImage()).path('squashfs'), cluster.programs);
  await makeEtcdPki({
    folder: cluster.pki,
    name: 'test',
    members: [...ADDRESSES, ALONE].map(([name, address]) => ({ name, alternatives: [address] })),
    authorityDays: 10,
    days: 10,
    renew: false,
    now: new Date(),
  });
  members = ADDRESSES.map(([name, address]) => new EtcdMember(cluster, name, address, ADDRESSES));
  client = new EtcdClient(
    cluster,
    members.map(({ clientUrl }) => clientUrl),
  );
  settings = {
    REBOOT_STRATEGY: 'etcd-lock',
    LOCKSMITHD_ENDPOINT: members.map(({ clientUrl }) => clientUrl).join(','),
    LOCKSMITHD_ETCD_CAFILE: '/tls/ca.crt',
    LOCKSMITHD_ETCD_CERTFILE: '/tls/client.crt',
    LOCKSMITHD_ETCD_KEYFILE: '/tls/client.key',
  };
  await Promise.all(members.map((member) => member.start()));
  await client.until('the cluster is healthy', () => client.isHealthy());
});

afterAll(async () => {
  for (const member of members ?? []) await member.kill();
  await bundle.remove();
  await rm(cluster.folder, { recursive: true, force: true });
});

beforeEach(async () => {
  const place: LonePlace = {
    toolbox: cluster.toolbox,
    agent: bundle.folder,
    binds: [
      { source: join(cluster.pki, 'client'), target: '/tls' },
      { source: join(cluster.pki, 'node2'), target: '/member' },
      { source: cluster.programs, target: '/etcd' },
    ],
  };
  machines = await Promise.all(NAMES.map((name) => LoneMachine.make(place, name)));
  for (const machine of machines) await machine.settings(settings);
});

afterEach(async () => {
  await client.etcdctl('del', '--prefix', '/basalt/reboot/');
  for (const machine of machines) await machine.remove();
});

async function statusOf(machine: LoneMachine | undefined): Promise<RebootStatus> {
  const { stdout } = (await machine?.agent('reboot', 'status', '--json')) ?? { stdout: '' };
  return JSON.parse(stdout) as RebootStatus;
}

const restarts = async (machine: LoneMachine | undefined) =>
  ((await machine?.calls()) ?? []).filter((call) => call.startsWith('systemctl reboot'));

test('one machine restarts, the other waits and says for whom; the place is given back when the first is good', async () => {
  const [first, second] = machines;
  expect(await first?.agent('reboot', 'request', 'version 3 is ready')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('the machine restarts: version 3 is ready'),
  });
  expect(await restarts(first)).toEqual(['systemctl reboot --message=version 3 is ready']);

  const waiting = await second?.agent('reboot', 'request', 'version 3 is ready');
  expect(waiting?.stderr).toMatch(/the restart waits: the lock default in etcd: held by alpha since \S+Z$/m);
  const calls = (await second?.calls()) ?? [];
  expect(calls).toContain('systemctl start --no-block basalt-reboot.timer');
  expect(calls.filter((call) => call.startsWith('systemctl reboot'))).toEqual([]);
  expect(await statusOf(second)).toMatchObject({
    strategy: 'etcd-lock',
    held: null,
    pending: { reason: 'version 3 is ready', waitsFor: 'lock' },
    lock: {
      group: 'default',
      maximum: 1,
      problem: null,
      holders: [{ id: first?.id, name: 'alpha', heard: expect.stringMatching(/Z$/) }],
    },
  });

  // Before it restarts, the first keeps its place, and asking again changes nothing.
  expect((await first?.agent('reboot', 'tend'))?.stderr).toMatch(/about to restart/);
  expect((await first?.agent('reboot', 'attempt'))?.exitCode).toBe(0);
  await first?.restart();
  // It came back, and is not well.
  await first?.fake('systemctl', '[ "$*" != "start boot-complete.target" ]');
  const ill = await first?.agent('reboot', 'tend');
  expect(ill).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('this machine is not good') });
  expect((await second?.agent('reboot', 'attempt'))?.exitCode).toBe(0);
  expect(await restarts(second)).toEqual([]);
  // Then it is.
  await first?.fake('systemctl', 'true');
  const well = await first?.agent('reboot', 'tend');
  expect(well).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('is given back') });
  expect(await first?.calls()).toContain('systemctl stop --no-block basalt-lock.timer');
  expect((await statusOf(first)).held).toBeNull();

  expect((await second?.agent('reboot', 'attempt'))?.stderr).toMatch(
    /the machine restarts: version 3 is ready/,
  );
  expect(await restarts(second)).toHaveLength(1);
});

test.each([1, 2])('never more than %d hold the lock, however many try', async (maximum) => {
  let holding = 0;
  let most = 0;
  let rounds = 0;
  const work = async (machine: LoneMachine) => {
    await machine.settings({ ...settings, LOCK_MAXIMUM: String(maximum), LOCK_GROUP: `many-${maximum}` });
    const until = Date.now() + 240_000;
    for (let done = 0; done < 4 && Date.now() < until; ) {
      const { exitCode, stderr } = await machine.agent('reboot', 'lock');
      if (exitCode !== 0) {
        expect(stderr).toMatch(/held by |others change the lock/);
        continue;
      }
      holding++;
      most = Math.max(most, holding);
      const again = await machine.agent('reboot', 'lock');
      expect(again.exitCode).toBe(0);
      holding--;
      expect((await machine.agent('reboot', 'unlock')).exitCode).toBe(0);
      done++;
      rounds++;
    }
  };
  await Promise.all(machines.map(work));
  expect(rounds).toBe(4 * machines.length);
  expect(most).toBe(maximum);
  expect(
    (await client.etcdctl('get', `/basalt/reboot/many-${maximum}/holders`, '--print-value-only')).stdout,
  ).toBe('{"holders":[]}');
});

test('a machine that died holding its place is seen, and a person gives the place back', async () => {
  const [dead, other, third] = machines;
  await dead?.agent('reboot', 'request');
  const living = await other?.agent('reboot', 'unlock', 'alpha');
  expect(living).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/alpha was heard of at .*--force/),
  });
  // Its lease ends.
  await client.etcdctl('del', `/basalt/reboot/default/alive/${dead?.id}`);
  const { stdout } = (await other?.agent('reboot', 'status')) ?? { stdout: '' };
  expect(stdout).toMatch(/^lock +default: 1 of 1 taken$/m);
  expect(stdout).toMatch(/^held by +alpha since \S+, not heard of for 15 minutes or more \([0-9a-f]{32}\)$/m);
  expect((await other?.agent('reboot', 'request'))?.stderr).toMatch(/alpha since \S+, not heard of/);
  expect(await restarts(other)).toEqual([]);

  expect((await third?.agent('reboot', 'unlock', 'nobody'))?.stderr).toMatch(/nobody holds no place/);
  expect(await third?.agent('reboot', 'unlock', 'alpha')).toMatchObject({ exitCode: 0 });
  expect((await other?.agent('reboot', 'attempt'))?.stderr).toMatch(/the machine restarts/);
  // When the dead one comes back after all, it gives nothing of the other's away.
  await dead?.restart();
  expect((await dead?.agent('reboot', 'tend'))?.exitCode).toBe(0);
  expect((await statusOf(third)).lock?.holders).toMatchObject([{ name: 'beta' }]);
});

test('the key with the lease goes by itself', async () => {
  const [machine] = machines;
  await machine?.agent('reboot', 'lock');
  const { stdout } = await client.etcdctl(
    'get',
    `/basalt/reboot/default/alive/${machine?.id}`,
    '--write-out=fields',
  );
  const lease = /"Lease" : (\d+)/.exec(stdout)?.[1];
  const { stdout: leases } = await client.etcdctl('lease', 'timetolive', BigInt(lease ?? 0).toString(16));
  expect(leases).toMatch(/granted with TTL\(900s\)/);
  expect((await machine?.agent('reboot', 'unlock'))?.exitCode).toBe(0);
  expect((await client.etcdctl('get', '--prefix', '/basalt/reboot/default/alive/')).stdout).toBe('');
});

test('what is no list of machines is not taken for an empty one', async () => {
  const [machine] = machines;
  await client.etcdctl('put', '/basalt/reboot/default/holders', 'junk');
  const { exitCode, stderr } = (await machine?.agent('reboot', 'lock')) ?? { exitCode: 0, stderr: '' };
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/holders of etcd holds no list of machines: .*etcdctl del/);
});

describe('with authentication', () => {
  let alone: EtcdMember;
  let withUsers: Record<string, string>;

  beforeAll(async () => {
    alone = new EtcdMember(cluster, ...ALONE, [ALONE], {
      ETCD_CLIENT_CERT_AUTH: 'false',
      ETCD_TRUSTED_CA_FILE: '',
    });
    await alone.start();
    const operator = new EtcdClient(cluster, [alone.clientUrl]);
    await operator.until('etcd is up', () => operator.isHealthy());
    const { LOCKSMITHD_ETCD_CERTFILE: _, LOCKSMITHD_ETCD_KEYFILE: __, ...rest } = settings;
    withUsers = { ...rest, LOCKSMITHD_ENDPOINT: alone.clientUrl };
    for (const command of [
      ['user', 'add', 'root:secret-of-root'],
      ['user', 'grant-role', 'root', 'root'],
      ['role', 'add', 'reboot'],
      ['role', 'grant-permission', 'reboot', '--prefix=true', 'readwrite', '/basalt/reboot/'],
      ['user', 'add', 'locksmith:pass "word\\'],
      ['user', 'grant-role', 'locksmith', 'reboot'],
      ['user', 'add', 'stranger:known'],
      ['auth', 'enable'],
    ])
      expect(await operator.etcdctl(...command)).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => alone.kill());

  test.each([
    [{}, /refuses: .*user name is empty.*it wants a user/],
    [
      { LOCKSMITHD_ETCD_USERNAME: 'locksmith', LOCKSMITHD_ETCD_PASSWORD: 'wrong' },
      /refuses: .*authentication failed/,
    ],
    [
      { LOCKSMITHD_ETCD_USERNAME: 'stranger', LOCKSMITHD_ETCD_PASSWORD: 'known' },
      /permission denied: the user stranger needs to read and write/,
    ],
  ])('%j is refused, in clear words', async (more, words) => {
    const [machine] = machines;
    await machine?.settings({ ...withUsers, ...more });
    const { stderr } = (await machine?.agent('reboot', 'request')) ?? { stderr: '' };
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/"?known"?\b.*password|wrong/);
    expect(await restarts(machine)).toEqual([]);
  });

  test('a certificate with a name is refused by etcd, and the words say what helps', async () => {
    const [machine] = machines;
    await machine?.settings({ ...settings, LOCKSMITHD_ENDPOINT: alone.clientUrl });
    const strict = new EtcdMember(cluster, 'alone', ALONE[1], [ALONE]);
    await alone.kill();
    await strict.start();
    const { stderr } = (await machine?.agent('reboot', 'request')) ?? { stderr: '' };
    await strict.kill();
    await alone.start();
    expect(stderr).toMatch(/takes no certificate that has a common name/);
  });

  test('the user with the role takes and gives back a place', async () => {
    const [machine] = machines;
    await machine?.settings({
      ...withUsers,
      LOCKSMITHD_ETCD_USERNAME: 'locksmith',
      LOCKSMITHD_ETCD_PASSWORD: 'pass \\"word\\\\',
    });
    expect(await machine?.agent('reboot', 'lock')).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await machine?.agent('reboot', 'unlock'))?.exitCode).toBe(0);
  });
});

describe('a member of the cluster', () => {
  beforeEach(async () => {
    const [machine] = machines;
    await machine?.settings({ REBOOT_STRATEGY: 'etcd-lock' });
    await machine?.write({ '/usr/lib/systemd/system/etcd.service': '[Service]\n' });
    await machine?.fake('etcdctl', 'exec /etcd/etcdctl "$@"');
    const environment = {
      ETCD_INITIAL_ADVERTISE_PEER_URLS: members[1]?.peerUrl,
      ETCD_LISTEN_CLIENT_URLS: members[1]?.clientUrl,
      ETCD_TRUSTED_CA_FILE: '/member/ca.crt',
      ETCD_CERT_FILE: '/member/server.crt',
      ETCD_KEY_FILE: '/member/server.key',
    };
    const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    await machine?.fake('systemctl', `[ "$1" != show ] || echo "Environment=${words.join(' ')}"`);
  });

  test("asks its own etcd with its own certificate, unless told otherwise, and its health is etcd's", async () => {
    const [machine] = machines;
    expect((await machine?.agent('reboot', 'request'))?.stderr).toMatch(/the machine restarts/);
    expect(await restarts(machine)).toHaveLength(1);
    expect((await statusOf(machine)).lock?.holders).toMatchObject([{ name: 'alpha' }]);
    expect(await machine?.agent('health', 'check')).toMatchObject({ exitCode: 0 });
  });

  test('does not restart while the rest would be no majority, though the lock is free', async () => {
    const [machine] = machines;
    await members[0]?.kill();
    const { stderr } = (await machine?.agent('reboot', 'request')) ?? { stderr: '' };
    expect(stderr).toMatch(/the restart waits: etcd would lose its majority: node1 not healthy/);
    expect(await restarts(machine)).toEqual([]);
    expect((await machine?.agent('health', 'check'))?.exitCode).toBe(0);
    await members[2]?.kill();
    expect((await machine?.agent('health', 'check'))?.stderr).toMatch(/etcd at https:\S+ is not healthy/);
    await members[0]?.startEtcd();
    await members[2]?.startEtcd();
    await client.until('the cluster is back', () => client.isHealthy());
    expect((await machine?.agent('reboot', 'attempt'))?.stderr).toMatch(/the machine restarts/);
  });
});

describe('without etcd', () => {
  test.each([
    [
      'no certificate',
      { LOCKSMITHD_ETCD_CERTFILE: '', LOCKSMITHD_ETCD_KEYFILE: '' },
      /does not answer \(https:.*(alert|certificate)/i,
    ],
    [
      'the wrong authority',
      { LOCKSMITHD_ETCD_CAFILE: '/etc/ssl/certs/ca-certificates.crt' },
      /certificate|authority/,
    ],
    ['a file that is not there', { LOCKSMITHD_ETCD_CAFILE: '/nowhere' }, /authority|certificate/],
    [
      'nobody there',
      { LOCKSMITHD_ENDPOINT: 'http://127.77.4.99:2379' },
      /etcd does not answer \(http:\/\/127\.77\.4\.99:2379: .*connect/i,
    ],
  ])('%s: no restart, and words', async (_, more, words) => {
    const [machine] = machines;
    await machine?.settings({ ...settings, ...more });
    const { stderr } = (await machine?.agent('reboot', 'request')) ?? { stderr: '' };
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/the restart waits/);
    expect(await restarts(machine)).toEqual([]);
    expect((await statusOf(machine)).lock?.problem).toMatch(words);
  });

  test('one member down: the others answer; two down: no majority, no restart', async () => {
    const [first, second] = machines;
    await members[0]?.kill();
    expect(await first?.agent('reboot', 'lock')).toMatchObject({ exitCode: 0 });
    expect(await first?.agent('reboot', 'unlock')).toMatchObject({ exitCode: 0 });
    await members[1]?.kill();
    const { stderr } = (await second?.agent('reboot', 'request')) ?? { stderr: '' };
    expect(stderr).toMatch(/the restart waits: etcd does not answer/);
    expect(stderr).toMatch(/127\.77\.4\.13:2379: (no answer within|.*(no leader|timed out))/);
    expect(await restarts(second)).toEqual([]);
    await members[0]?.startEtcd();
    await members[1]?.startEtcd();
    await client.until('the cluster is back', () => client.isHealthy());
    expect((await second?.agent('reboot', 'attempt'))?.stderr).toMatch(/the machine restarts/);
  });
});
