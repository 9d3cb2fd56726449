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
  const { host, result } = joined({ curl: curlExit(7) });
  expect(result.ok).toBe(true);
  expect(host.passedMs).toBeLessThanOrEqual(6000);
});

test('peers that are not there: starts after a longer silence', () => {
  const { host, result } = joined({ curl: curlExit(28) });
  expect(result.ok).toBe(true);
  expect(host.passedMs).toBeGreaterThanOrEqual(15_000);
});

test.each([35, 56, 60, 22, 16])(
  'a peer that answers something else (curl %i): never starts a cluster',
  (code) => {
    const { result } = joined({ curl: curlExit(code) });
    expect(result).toMatchObject({ ok: false, text: expect.stringContaining(`curl: (${code})`) });
  },
);

test('a member that must join an existing cluster never starts one', () => {
  const { result } = joined({ curl: curlExit(7) }, { ETCD_INITIAL_CLUSTER_STATE: 'existing' });
  expect(result.ok).toBe(false);
});

test('an address that is not there yet is waited for', () => {
  let asked = 0;
  const ip: FakeProgram = (command, options, host) =>
    ++asked < 4 ? { stdout: '' } : ADDRESS(command, options, host);
  const { host, result } = joined({ ip, curl: curlExit(7) });
  expect(result.ok).toBe(true);
  const order = host.commands.map(({ command }) => command[0]);
  expect(order.slice(0, 5)).toEqual(['ip', 'ip', 'ip', 'ip', 'curl']);
});
