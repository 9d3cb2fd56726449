import { expect, test } from 'vitest';
import { JOIN_FILE, join } from '../../../../src/agent/etcd/join.ts';
import { readEtcdSettings } from '../../../../src/agent/etcd/settings.ts';
import { FakeHost, type FakeProgram } from '../../../support/fake-host.ts';

const ENVIRONMENT = {
  ETCD_DATA_DIR: '/data',
  ETCD_NAME: 'a',
  ETCD_INITIAL_CLUSTER: 'a=http://10.0.0.1:2380,b=http://10.0.0.2:2380',
  ETCD_INITIAL_ADVERTISE_PEER_URLS: 'http://10.0.0.1:2380',
  ETCD_LISTEN_PEER_URLS: 'http://10.0.0.1:2380',
};
const ADDRESS: FakeProgram = () => ({
  stdout: '2: eth0    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0\n',
});

function joined(programs: Record<string, FakeProgram>, environment: Record<string, string> = {}, files = {}) {
  const host = new FakeHost({
    programs: { ip: ADDRESS, ...programs },
    environment: { ...ENVIRONMENT, ...environment },
    files,
  });
  return { host, result: join(host, readEtcdSettings(host)) };
}

/** What curl 8.14 writes with --verbose. */
const noConnection =
  (reason: string): FakeProgram =>
  () => ({
    exitCode: 7,
    stderr: `*   Trying 10.0.0.2:2380...\n* connect to 10.0.0.2 port 2380 from 10.0.0.1 port 53312 failed: ${reason}\n* closing connection #0\ncurl: (7) Failed to connect to 10.0.0.2 port 2380 after 0 ms: Could not connect to server\n`,
  });
const refused = noConnection('Connection refused');

const curlExit =
  (exitCode: number): FakeProgram =>
  () => ({ exitCode, stderr: `curl: (${exitCode}) no\n` });

test('alone: starts at once, and asks nobody', () => {
  const { host, result } = joined({}, { ETCD_INITIAL_CLUSTER: '' });
  expect(result.ok).toBe(true);
  expect(host.commands).toEqual([]);
});

test('with data: starts at once, and an old file for the start is gone', () => {
  const { host, result } = joined(
    {},
    {},
    { '/data/member/wal/0.wal': 'x', [JOIN_FILE]: 'ETCD_INITIAL_CLUSTER=old\n' },
  );
  expect(result.ok).toBe(true);
  expect(host.commands).toEqual([]);
  expect(host.readText(JOIN_FILE)).toBeUndefined();
});

test('peers whose machines have no etcd yet: starts after some seconds', () => {
  const { host, result } = joined({ curl: refused });
  expect(result.ok).toBe(true);
  expect(host.passedMs).toBeLessThanOrEqual(6000);
});

test.each(['Network is unreachable', 'No route to host', 'Permission denied', 'Connection timed out'])(
  'peers behind a network that has no way to them (%s): never starts a cluster',
  (reason) => {
    const { result } = joined({ curl: noConnection(reason) });
    expect(result).toMatchObject({ ok: false, text: expect.stringContaining(reason) });
    expect(result.text).toContain('the machines of 1 of the 1 other members must be up, and 0 are');
  },
);

test('peers that do not answer, and a curl that does not say why: never starts a cluster', () => {
  expect(joined({ curl: curlExit(28) }).result.ok).toBe(false);
  expect(joined({ curl: curlExit(6) }).result.ok).toBe(false);
  expect(joined({ curl: curlExit(7) }).result.ok).toBe(false);
});

const OF_FIVE = [
  'a=http://10.0.0.1:2380',
  ...[2, 3, 4, 5].map((n) => `m${n}=http://10.0.0.${n}:2380`),
].join();

test.each([
  [2, false],
  [3, true],
])('five members: %i of the four others are up without etcd, so it starts: %s', (up, starts) => {
  const curl: FakeProgram = (command, options, host) =>
    Number(/\.(\d):2380/.exec(command.at(-1) ?? '')?.[1]) < 2 + up
      ? refused(command, options, host)
      : noConnection('No route to host')(command, options, host);
  expect(joined({ curl }, { ETCD_INITIAL_CLUSTER: OF_FIVE }).result.ok).toBe(starts);
});

test('machines that come up one after another: waits for them, then starts', () => {
  const curl: FakeProgram = (command, options, host) =>
    (host.passedMs < 20_000 ? noConnection('No route to host') : refused)(command, options, host);
  const { host, result } = joined({ curl });
  expect(result.ok).toBe(true);
  expect(host.passedMs).toBeGreaterThanOrEqual(20_000);
});

test('a restore that was cut short: starts nothing, and says what to do', () => {
  const { host, result } = joined({ curl: refused }, {}, { '/data.restoring/member/snap/db': 'x' });
  expect(result).toMatchObject({ ok: false, text: expect.stringContaining('/data.restoring is there') });
  expect(host.commands).toEqual([]);
  const alone = joined({}, { ETCD_INITIAL_CLUSTER: '' }, { '/data.restoring/member/snap/db': 'x' });
  expect(alone.result.ok).toBe(false);
});

test.each([35, 56, 60, 22, 16])(
  'a peer that answers something else (curl %i): never starts a cluster',
  (code) => {
    const { result } = joined({ curl: curlExit(code) });
    expect(result).toMatchObject({ ok: false, text: expect.stringContaining(`curl: (${code})`) });
  },
);

test('a member that must join an existing cluster never starts one', () => {
  const { result } = joined({ curl: refused }, { ETCD_INITIAL_CLUSTER_STATE: 'existing' });
  expect(result.ok).toBe(false);
});

test('an address that is not there yet is waited for', () => {
  let asked = 0;
  const ip: FakeProgram = (command, options, host) =>
    ++asked < 4 ? { stdout: '' } : ADDRESS(command, options, host);
  const { host, result } = joined({ ip, curl: refused });
  expect(result.ok).toBe(true);
  const order = host.commands.map(({ command }) => command[0]);
  expect(order.slice(0, 5)).toEqual(['ip', 'ip', 'ip', 'ip', 'curl']);
});
