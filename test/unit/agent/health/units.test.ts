import { expect, it } from 'vitest';
import { checkEtcd } from '../../../../src/agent/health/etcd.ts';
import { checkUnits, parseUnits } from '../../../../src/agent/health/units.ts';
import { FakeHost, type FakeProgram } from '../../../support/fake-host.ts';

const LIST = `docker.service              loaded failed     failed       Docker
web.service                 loaded activating auto-restart Web
slow.service                loaded activating start        Slow
basalt-lock.service         loaded activating start        Own
basalt-health.service       loaded failed     failed       Own
`;

function machine(list: string, more: Record<string, FakeProgram> = {}) {
  return new FakeHost({
    files: { '/usr/lib/systemd/system/etcd.service': '[Service]\n' },
    programs: {
      systemctl: () => ({ stdout: list }),
      journalctl: () => ({ stdout: 'one\n\ntwo\n' }),
      ...more,
    },
  });
}

it('reads the list of units', () => {
  expect(parseUnits(LIST)).toHaveLength(5);
  expect(parseUnits('\n')).toEqual([]);
});

it('tells failed units with their last words, loops, and what still starts', () => {
  expect(checkUnits(machine(LIST), false)).toEqual({
    problems: ['docker.service failed: one / two'],
    waitsFor: ['web.service ends and is started again and again'],
    warnings: ['slow.service is still starting'],
  });
});

it('makes warnings of them where a degraded machine is allowed', () => {
  expect(checkUnits(machine(LIST), true)).toEqual({
    problems: [],
    waitsFor: [],
    warnings: [
      'docker.service failed: one / two',
      'web.service ends and is started again and again',
      'slow.service is still starting',
    ],
  });
});

it('asks the journal for a few only', () => {
  const many = Array.from({ length: 9 }, (_, index) => `u${index}.service loaded failed failed x\n`).join('');
  const host = machine(many);
  expect(checkUnits(host, false).problems).toHaveLength(9);
  expect(host.commands.filter(({ command }) => command[0] === 'journalctl')).toHaveLength(5);
});

it('is a problem when systemd does not answer', () => {
  const host = machine('', { systemctl: () => ({ exitCode: 1, stderr: 'no bus' }) });
  expect(checkUnits(host, false).problems).toEqual(['systemd does not tell its units: no bus']);
});

it.each([
  ['no member', { exitCode: 1 }, {}, []],
  ['healthy', {}, {}, []],
  [
    'without a majority',
    {},
    { exitCode: 1, stderr: 'http://localhost:2379 is unhealthy: context deadline exceeded\n' },
    [
      'etcd at http://localhost:2379 is not healthy: http://localhost:2379 is unhealthy: context deadline exceeded',
    ],
  ],
])('etcd: %s', (_, enabled, health, waitsFor) => {
  const host = machine('', {
    systemctl: (command) => (command[1] === '--quiet' ? enabled : {}),
    etcdctl: (command) => (command.includes('health') ? health : { exitCode: 1 }),
  });
  expect(checkEtcd(host).waitsFor).toEqual(waitsFor);
});

it('a learner need not take writes', () => {
  const host = machine('', {
    systemctl: () => ({}),
    etcdctl: (command) =>
      command.includes('health')
        ? { exitCode: 1, stderr: 'rpc not supported for learner' }
        : { stdout: '[{"Status":{"header":{"member_id":1},"isLearner":true}}]' },
  });
  expect(checkEtcd(host).waitsFor).toEqual([]);
});
