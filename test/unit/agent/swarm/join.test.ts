import { expect, test } from 'vitest';
import { swarm } from '../../../../src/agent/commands/swarm.ts';
import { takePart } from '../../../../src/agent/swarm/join.ts';
import type { SwarmSettings } from '../../../../src/agent/swarm/settings.ts';
import { FakeHost, type FakeProgram } from '../../../support/fake-host.ts';

/** Keys in etcd, as etcdctl shows and changes them. */
function fakeEtcd(keys: Map<string, string>): FakeProgram {
  return (command, { input }) => {
    const [verb = '', ...rest] = command.filter((word) => !word.startsWith('--')).slice(1);
    const key = rest.at(-1) ?? '';
    if (verb === 'put') keys.set(key, String(input));
    if (verb === 'txn') {
      const [, wanted = '', value = ''] = /^put (\S+) (\S+)$/m.exec(String(input)) ?? [];
      if (!keys.has(wanted)) keys.set(wanted, value);
    }
    if (verb !== 'get') return { stdout: 'OK\n' };
    const isPrefix = command.includes('--prefix');
    const found = [...keys].filter(([name]) => (isPrefix ? name.startsWith(key) : name === key));
    const isValueOnly = command.includes('--print-value-only');
    return {
      stdout: found.map(([name, value]) => (isValueOnly ? `${value}\n` : `${name}\n${value}\n`)).join(''),
    };
  };
}

/** The engine's API. */
function fakeEngine(state: { node: 'inactive' | 'manager' | 'worker' }, seen: unknown[]): FakeProgram {
  return (command, { input }) => {
    const url = command.at(-1) ?? '';
    const answer = (value: unknown, status = 200) => ({ stdout: `${JSON.stringify(value)}\n${status}` });
    if (input !== undefined) seen.push({ url, body: JSON.parse(String(input)) });
    if (url.endsWith('/swarm/init')) {
      state.node = 'manager';
      return answer('node-id');
    }
    if (url.endsWith('/swarm/join')) {
      state.node = String(JSON.parse(String(input)).JoinToken).includes('manager') ? 'manager' : 'worker';
      return answer(null);
    }
    if (url.endsWith('/swarm'))
      return answer({ JoinTokens: { Worker: 'token-worker', Manager: 'token-manager' } });
    const active = state.node !== 'inactive';
    return answer({
      Swarm: {
        LocalNodeState: active ? 'active' : 'inactive',
        ControlAvailable: state.node === 'manager',
        NodeID: active ? 'id1' : '',
        NodeAddr: active ? '10.0.0.21' : '',
      },
    });
  };
}

const settings = (role: 'manager' | 'worker'): SwarmSettings => ({
  role,
  swarm: 'blue',
  address: '10.0.0.21',
  endpoints: ['http://10.0.0.11:2379'],
  tls: { trustedCa: undefined, certificate: undefined, key: undefined },
});

function machine(
  keys: Map<string, string>,
  seen: unknown[] = [],
  node: 'inactive' | 'manager' | 'worker' = 'inactive',
  id = 'a',
) {
  return new FakeHost({
    files: { '/etc/machine-id': `${id.repeat(32)}\n` },
    programs: { etcdctl: fakeEtcd(keys), curl: fakeEngine({ node }, seen) },
  });
}

test('the first manager makes the swarm and tells how to join', () => {
  const keys = new Map<string, string>();
  expect(takePart(machine(keys), settings('manager'))).toEqual({
    ok: true,
    text: 'this machine is a manager of the swarm blue',
  });
  expect(Object.fromEntries(keys)).toEqual({
    '/basalt/swarm/blue/first': 'a'.repeat(32),
    '/basalt/swarm/blue/manager/id1': '10.0.0.21:2377',
    '/basalt/swarm/blue/token/manager': 'token-manager',
    '/basalt/swarm/blue/token/worker': 'token-worker',
  });
});

test.each(['manager', 'worker'] as const)('a later %s joins', (role) => {
  const keys = new Map<string, string>();
  takePart(machine(keys), settings('manager'));
  const seen: unknown[] = [];
  expect(takePart(machine(keys, seen, 'inactive', 'b'), settings(role)).ok).toBe(true);
  expect(seen).toEqual([
    {
      url: 'http://docker/swarm/join',
      body: {
        ListenAddr: '0.0.0.0:2377',
        AdvertiseAddr: '10.0.0.21',
        RemoteAddrs: ['10.0.0.21:2377'],
        JoinToken: `token-${role}`,
      },
    },
  ]);
});

test('no token is in the list of processes', () => {
  const keys = new Map<string, string>();
  const first = machine(keys);
  takePart(first, settings('manager'));
  const second = machine(keys, [], 'inactive', 'b');
  takePart(second, settings('worker'));
  for (const { command } of [...first.commands, ...second.commands])
    expect(command.join(' ')).not.toMatch(/token-/);
});

test('a second manager waits while the first has not made the swarm', () => {
  const keys = new Map([['/basalt/swarm/blue/first', 'f'.repeat(32)]]);
  expect(takePart(machine(keys), settings('manager'))).toEqual({
    ok: false,
    text: `the machine whose /etc/machine-id is ${'f'.repeat(32)} makes the swarm blue, and has not yet; if it is gone for ever: etcdctl del /basalt/swarm/blue/first`,
  });
});

test('again: nothing changes', () => {
  const keys = new Map<string, string>();
  takePart(machine(keys), settings('manager'));
  const seen: unknown[] = [];
  const host = machine(keys, seen, 'manager');
  expect(takePart(host, settings('manager')).ok).toBe(true);
  expect(seen).toEqual([]);
  expect(host.commands.filter(({ command }) => command.includes('put'))).toEqual([]);
});

test('a worker that should be a manager is told how', () => {
  expect(takePart(machine(new Map(), [], 'worker'), settings('manager'))).toEqual({
    ok: false,
    text: 'this machine is a worker: make it a manager with docker node promote id1',
  });
});

test('an etcd that does not answer is named, after a while', () => {
  const host = new FakeHost({
    programs: {
      etcdctl: () => ({ exitCode: 1, stderr: '{"level":"warn"}\nError: context deadline exceeded\n' }),
      curl: fakeEngine({ node: 'inactive' }, []),
    },
  });
  expect(takePart(host, settings('worker'))).toEqual({
    ok: false,
    text: 'etcd at http://10.0.0.11:2379: Error: context deadline exceeded',
  });
  expect(host.passedMs).toBeGreaterThanOrEqual(60_000);
});

test.each([
  [{}, 'BASALT_SWARM_ROLE is not set: manager or worker is needed'],
  [{ BASALT_SWARM_ROLE: 'worker' }, 'BASALT_SWARM_ADDRESS is not set: the address of this machine is needed'],
  [
    { BASALT_SWARM_ROLE: 'worker', BASALT_SWARM_ADDRESS: '10.0.0.1', BASALT_SWARM_NAME: 'a b' },
    'BASALT_SWARM_NAME is a b: only letters, digits, dot, dash and underscore are possible',
  ],
])('settings that are missing are named: %j', (environment: Record<string, string>, message) => {
  const context = {
    host: new FakeHost({ environment }),
    arguments: ['join'],
    print: () => undefined,
    version: '1',
  };
  expect(() => swarm.run(context)).toThrow(message);
});
