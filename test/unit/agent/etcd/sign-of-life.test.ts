import { expect, test } from 'vitest';
import type { Member } from '../../../../src/agent/etcd/member.ts';
import { readEtcdSettings } from '../../../../src/agent/etcd/settings.ts';
import { signOfLife } from '../../../../src/agent/etcd/sign-of-life.ts';
import { FakeHost, type FakeProgram } from '../../../support/fake-host.ts';

const member = (name: string, id: string): Member => ({
  id,
  name,
  peerUrls: [`http://${name}:2380`],
  clientUrls: [`http://${name}:2379`],
  learner: false,
});
const dead = member('a', 'aaa');
const witness = member('b', 'bbb');

const failing = (exitCode: number, verbose: string) => ({
  exitCode,
  stderr: `*   Trying 10.0.0.1:2379...\n${verbose}curl: (${exitCode}) no\n`,
});
const refused = failing(
  7,
  '* connect to 10.0.0.1 port 2379 from 10.0.0.9 port 5 failed: Connection refused\n',
);
const unreachable = failing(7, '* Immediate connect fail for 10.0.0.1: No route to host\n');

/** @param health What the member's own page gives, time after time; the last one stays. */
function seen(health: readonly ReturnType<FakeProgram>[], metrics = 'etcd_server_id 1\n') {
  let asked = 0;
  const curl: FakeProgram = (command) =>
    command.at(-1)?.startsWith('http://a:')
      ? health[Math.min(asked++, health.length - 1)]
      : metrics === ''
        ? refused
        : { stdout: metrics };
  const host = new FakeHost({ programs: { curl }, environment: { ETCD_DATA_DIR: '/data' } });
  const sign = signOfLife(host, readEtcdSettings(host), dead, [dead, witness]);
  return { sign, asked, sleptMs: host.passedMs };
}

test.each([
  ['refused', refused],
  ['unreachable', unreachable],
  ['too late', failing(28, '')],
])('%s, twice, some seconds apart: dead', (_, answer) => {
  expect(seen([answer])).toEqual({ sign: undefined, asked: 2, sleptMs: 8000 });
});

test.each([
  ['503', failing(22, '* Connected to 10.0.0.1\n'), 'may be alive'],
  ['TLS', failing(35, '* Connected to 10.0.0.1\n'), 'may be alive'],
  ['connected, and no answer', failing(28, '* Connected to 10.0.0.1 (10.0.0.1) port 2379\n'), 'may be alive'],
  ['no such name', failing(6, ''), 'nobody knows'],
  ['healthy', { stdout: '{"health":"true"}' }, 'is alive: it answers'],
])('%s: not dead', (_, answer, text) => {
  expect(seen([answer]).sign).toContain(text);
});

test('what only restarted is not dead', () => {
  expect(seen([refused, { stdout: '{}' }]).sign).toContain('it answers at http://a:2379');
});

test('another member is connected to it, or none can tell: not dead', () => {
  const connected = 'etcd_network_active_peers{Local="bbb",Remote="aaa"} 1\n';
  expect(seen([refused], connected).sign).toBe('a (aaa) is alive: b is connected to it');
  expect(seen([refused], '').sign).toBe('no member tells whether a (aaa) is alive');
});
