import { describe, expect, it } from 'vitest';
import { pendingReboot } from '../../../../src/agent/reboot/pending.ts';
import { afterGood, cancelReboot, rebootWhenAllowed } from '../../../../src/agent/reboot/reboot.ts';
import { tendLock } from '../../../../src/agent/reboot/tend.ts';
import { updateSettings } from '../../../../src/agent/update/settings.ts';
import { changeUpdateState } from '../../../../src/agent/update/state.ts';
import { FakeHost, type FakeProgram } from '../../../support/fake-host.ts';

const settingsOf = (values: Record<string, string> = {}) => updateSettings(new Map(Object.entries(values)));
const HELD = '/var/lib/basalt/update/reboot-lock.json';

/** FleetLock's server: status and body for each operation. */
function server(answers: Record<string, [number, string]>): FakeProgram {
  return (_, { input = '' }) => {
    const operation = /v1\/([a-z-]+)"/.exec(String(input))?.[1] ?? '';
    const [status, body] = answers[operation] ?? [404, ''];
    return { stdout: `${body}\n${status}` };
  };
}

function machine(programs: Record<string, FakeProgram> = {}, files: Record<string, string> = {}) {
  return new FakeHost({
    files: {
      '/proc/sys/kernel/hostname': 'node1\n',
      '/proc/sys/kernel/random/boot_id': 'boot-1\n',
      '/usr/share/zoneinfo/Europe/Berlin': 'TZif',
      ...files,
    },
    programs: {
      systemctl: () => ({}),
      who: () => ({}),
      wall: () => ({}),
      'systemd-id128': () => ({ stdout: `${'a'.repeat(32)}\n` }),
      // Thursday, four o'clock.
      date: () => ({ stdout: '4 04 00 00\n' }),
      env: () => ({ stdout: '4 05 00 00\n' }),
      ...programs,
    },
  });
}

const ran = (host: FakeHost) => host.commands.map(({ command }) => command.join(' '));
const fleetLock = { REBOOT_STRATEGY: 'fleet-lock', FLEET_LOCK_URL: 'https://user:secret@l.example' };

describe('rebootWhenAllowed', () => {
  it('restarts at once', () => {
    const host = machine();
    expect(rebootWhenAllowed(host, settingsOf(), 'version 2 is ready')).toEqual({
      kind: 'restarting',
      text: 'the machine restarts: version 2 is ready',
    });
    expect(ran(host)).toEqual(['who', 'systemctl reboot --message=version 2 is ready']);
    expect(pendingReboot(host)?.waitsFor).toBe('restart');
  });

  it('waits while an update is written to the other slot, and not when that was interrupted', () => {
    const at = '2026-01-01T00:00:00.000Z';
    for (const [exitCode, kind] of [
      [1, 'waiting'],
      [0, 'restarting'],
    ] as const) {
      const host = machine({ flock: () => ({ exitCode }) });
      changeUpdateState(host, { work: { version: '2', step: 'write', at } });
      expect(rebootWhenAllowed(host, settingsOf(), 'version 1 is ready').kind).toBe(kind);
    }
  });

  it('does not wait for programs that are logged in without a terminal', () => {
    const host = machine({ who: () => ({ stdout: 'core     sshd         2026-11-22 13:20 (10.0.2.2)\n' }) });
    rebootWhenAllowed(host, settingsOf(), 'version 2 is ready');
    expect(ran(host)).toEqual(['who', 'systemctl reboot --message=version 2 is ready']);
  });

  it('warns people who are logged in, a minute before', () => {
    const host = machine({ who: () => ({ stdout: 'core pts/0\n' }) });
    rebootWhenAllowed(host, settingsOf(), 'version 2 is ready');
    expect(ran(host)).toContain('wall This machine restarts in a minute: version 2 is ready');
    expect(host.sleptMs).toEqual([60_000]);
  });

  it('says so when it is off, and forgets what waited', () => {
    const host = machine();
    rebootWhenAllowed(host, settingsOf({ WINDOW_START: 'Mon 04:00', WINDOW_LENGTH: '1h' }), 'x');
    expect(pendingReboot(host)).toBeDefined();
    expect(rebootWhenAllowed(host, settingsOf({ REBOOT_STRATEGY: 'off' }), 'x')).toMatchObject({
      kind: 'off',
    });
    expect(pendingReboot(host)).toBeUndefined();
    expect(ran(host).filter((command) => command.startsWith('systemctl reboot'))).toEqual([]);
  });

  it('waits for the window, in its time zone', () => {
    const host = machine();
    const window = { WINDOW_START: 'Thu 04:00', WINDOW_LENGTH: '30m' };
    expect(rebootWhenAllowed(host, settingsOf(window), 'x').kind).toBe('restarting');
    const waiting = rebootWhenAllowed(host, settingsOf({ ...window, WINDOW_TIMEZONE: 'Europe/Berlin' }), 'x');
    expect(waiting).toMatchObject({
      kind: 'waiting',
      pending: { waitsFor: 'window', text: 'the window opens Thu 04:00 Europe/Berlin' },
    });
    expect(ran(host)).toContain('env TZ=Europe/Berlin date +%u %H %M %S');
    expect(ran(host)).toContain('systemctl start --no-block basalt-reboot.timer');
  });

  it('does not take an unknown time zone for UTC, and not a time that is none', () => {
    const window = { WINDOW_START: 'Thu 04:00', WINDOW_LENGTH: '30m' };
    expect(
      rebootWhenAllowed(machine(), settingsOf({ ...window, WINDOW_TIMEZONE: 'Mars/Base' }), 'x'),
    ).toMatchObject({
      pending: {
        waitsFor: 'settings',
        text: 'this machine has no time zone Mars/Base in /usr/share/zoneinfo',
      },
    });
    expect(rebootWhenAllowed(machine({ date: () => undefined }), settingsOf(window), 'x')).toMatchObject({
      pending: { waitsFor: 'settings', text: expect.stringMatching(/the time is not known: date says/) },
    });
  });

  it('does not restart with settings that are wrong', () => {
    const host = machine();
    expect(rebootWhenAllowed(host, settingsOf({ REBOOT_STRATEGY: 'etcd-lok' }), 'x')).toMatchObject({
      kind: 'waiting',
      pending: { waitsFor: 'settings', text: expect.stringContaining('REBOOT_STRATEGY is "etcd-lok"') },
    });
    expect(ran(host)).toEqual(['systemctl start --no-block basalt-reboot.timer']);
  });

  it('takes no place while the window is closed', () => {
    const host = machine({ curl: server({ 'pre-reboot': [200, ''] }) });
    rebootWhenAllowed(
      host,
      settingsOf({ ...fleetLock, WINDOW_START: 'Fri 04:00', WINDOW_LENGTH: '1h' }),
      'x',
    );
    expect(ran(host).filter((command) => command.startsWith('curl'))).toEqual([]);
    expect(host.readText(HELD)).toBeUndefined();
  });

  it('notes the place before it asks for one, and no secret is on a command line', () => {
    let noted: string | undefined;
    const host = machine({
      curl: (command, options, at) => {
        noted = at.readText(HELD);
        return server({ 'pre-reboot': [200, ''] })(command, options, at);
      },
    });
    expect(rebootWhenAllowed(host, settingsOf(fleetLock), 'x').kind).toBe('restarting');
    expect(JSON.parse(noted ?? '{}')).toMatchObject({
      bootId: 'boot-1',
      place: { strategy: 'fleet-lock', fleetLock: { group: 'default' } },
      byHand: false,
    });
    expect(ran(host)).toContain('systemctl start --no-block basalt-lock.timer');
    expect(ran(host).join('\n')).not.toContain('secret');
  });

  it('keeps the note when nobody knows whether it has a place, and forgets it when it has none', () => {
    const unknown = machine({ curl: () => ({ exitCode: 28, stderr: 'curl: (28) timeout' }) });
    expect(rebootWhenAllowed(unknown, settingsOf(fleetLock), 'x')).toMatchObject({
      pending: { waitsFor: 'lock', text: 'the FleetLock server does not answer: no answer within 20 s' },
    });
    expect(unknown.readText(HELD)).toBeDefined();
    const none = machine({ curl: server({ 'pre-reboot': [409, '{"kind":"full","value":"taken"}'] }) });
    rebootWhenAllowed(none, settingsOf(fleetLock), 'x');
    expect(none.readText(HELD)).toBeUndefined();
    expect(none.logged).toEqual(['info: the restart waits: the FleetLock group default: taken (full)']);
    // The same words are not said every minute.
    rebootWhenAllowed(none, settingsOf(fleetLock), 'x');
    expect(none.logged).toHaveLength(1);
  });

  it('takes no place in a lock while it has one in another', () => {
    const { strategy, lock, fleetLock: place } = settingsOf({ ...fleetLock, LOCK_GROUP: 'web' });
    const host = machine({ curl: server({ 'steady-state': [500, ''], 'pre-reboot': [200, ''] }) });
    host.writeFile(
      HELD,
      JSON.stringify({
        bootId: 'boot-1',
        since: 'x',
        byHand: false,
        place: { strategy, lock, fleetLock: place },
      }),
    );
    expect(rebootWhenAllowed(host, settingsOf(fleetLock), 'x')).toMatchObject({
      pending: { waitsFor: 'lock', text: expect.stringContaining('still has a place in another lock') },
    });
    expect(JSON.parse(host.readText(HELD) ?? '').place.fleetLock.group).toBe('web');
  });

  it('gives the place back when systemd does not restart', () => {
    const operations: string[] = [];
    const host = machine({
      curl: (command, options, at) => {
        operations.push(/v1\/([a-z-]+)"/.exec(String(options.input))?.[1] ?? '');
        return server({ 'pre-reboot': [200, ''], 'steady-state': [200, ''] })(command, options, at);
      },
      systemctl: (command) => (command[1] === 'reboot' ? { exitCode: 1, stderr: 'inhibited' } : {}),
    });
    expect(rebootWhenAllowed(host, settingsOf(fleetLock), 'x')).toMatchObject({
      kind: 'waiting',
      pending: { waitsFor: 'restart', text: 'restart the machine: inhibited' },
    });
    expect(operations).toEqual(['pre-reboot', 'steady-state']);
    expect(host.readText(HELD)).toBeUndefined();
  });
});

describe('a member of etcd', () => {
  const member = (name: string, number: number) =>
    `${number}, started, ${name}, http://10.0.0.${number}:2380, http://10.0.0.${number}:2379, false\n`;

  function node1(ill: readonly number[], count: number) {
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    return machine(
      {
        etcdctl: () => ({ stdout: numbers.map((number) => member(`node${number}`, number)).join('') }),
        systemctl: (command) =>
          command[1] === 'show'
            ? { stdout: 'Environment=ETCD_INITIAL_ADVERTISE_PEER_URLS=http://10.0.0.1:2380\n' }
            : {},
        curl: (command) => {
          const url = command.at(-1) ?? '';
          // The lock is asked after all is well; here it only must not be reached.
          if (!url.endsWith('/health')) return { exitCode: 7, stderr: 'curl: (7) refused' };
          return ill.some((number) => url.includes(`10.0.0.${number}:`))
            ? { exitCode: 22, stderr: 'curl: (22) 503' }
            : { stdout: '{"health":"true","reason":""}' };
        },
      },
      { '/usr/lib/systemd/system/etcd.service': '[Service]\n' },
    );
  }

  const textOf = (host: FakeHost) => {
    const outcome = rebootWhenAllowed(host, settingsOf({ REBOOT_STRATEGY: 'etcd-lock' }), 'x');
    return outcome.kind === 'waiting' ? outcome.pending.text : outcome.text;
  };

  it('stays up while another is ill and the rest is no majority', () => {
    expect(textOf(node1([3], 3))).toBe('etcd would lose its majority: node3 not healthy');
    expect(textOf(node1([2], 2))).toBe('etcd would lose its majority: node2 not healthy');
  });

  it.each([
    ['all are well', [], 3],
    ['it is one of two', [], 2],
    ['it is alone', [], 1],
    ['the rest is a majority', [5], 5],
  ])('asks for the lock when %s', (_, ill, count) => {
    expect(textOf(node1(ill, count))).toMatch(/^etcd does not answer/);
  });
});

describe('tendLock', () => {
  const held = (bootId: string, byHand = false, values: Readonly<Record<string, string>> = fleetLock) => {
    const { strategy, lock, fleetLock } = settingsOf(values);
    return { [HELD]: JSON.stringify({ bootId, since: 'x', place: { strategy, lock, fleetLock }, byHand }) };
  };
  const curl = server({ 'steady-state': [200, ''] });

  it('does nothing without a place', () => {
    const host = machine();
    expect(tendLock(host, settingsOf(fleetLock)).ok).toBe(true);
    expect(host.commands).toEqual([]);
  });

  it('gives the place back after a restart, once the machine is good', () => {
    const host = machine({ curl }, held('boot-0'));
    expect(tendLock(host, settingsOf(fleetLock))).toEqual({
      ok: true,
      text: 'the place in the lock is given back',
    });
    expect(ran(host)).toContain('systemctl start boot-complete.target');
    expect(host.readText(HELD)).toBeUndefined();
  });

  it('gives the place back where it was taken, whatever the settings are now', () => {
    const asked: string[] = [];
    const host = machine(
      {
        curl: (command, options, at) => {
          asked.push(String(options.input));
          return curl(command, options, at);
        },
      },
      held('boot-0', false, { ...fleetLock, LOCK_GROUP: 'web' }),
    );
    expect(tendLock(host, settingsOf({ ...fleetLock, LOCK_GROUP: 'db' })).ok).toBe(true);
    expect(asked.join()).toContain('web');
    expect(asked.join()).not.toContain('"db');
  });

  it('keeps it while the machine is not good', () => {
    const host = machine(
      { curl, systemctl: (command) => ({ exitCode: command[2] === 'boot-complete.target' ? 1 : 0 }) },
      held('boot-0'),
    );
    expect(tendLock(host, settingsOf(fleetLock)).ok).toBe(false);
    expect(host.readText(HELD)).toBeDefined();
  });

  it('keeps what a person took, over restarts', () => {
    const host = machine({ curl }, held('boot-0', true));
    expect(tendLock(host, settingsOf(fleetLock)).ok).toBe(true);
    expect(host.readText(HELD)).toBeDefined();
    expect(afterGood(host, settingsOf(fleetLock))).toBeUndefined();
  });

  it('gives it back when nobody wants to restart any more', () => {
    const host = machine({ curl }, held('boot-1'));
    expect(tendLock(host, settingsOf(fleetLock)).text).toMatch(/given back/);
    expect(ran(host)).not.toContain('systemctl start boot-complete.target');
  });
});

it('cancelReboot forgets the wish and gives the place back', () => {
  const host = machine({ curl: server({ 'pre-reboot': [200, ''], 'steady-state': [200, ''] }) });
  rebootWhenAllowed(host, settingsOf(fleetLock), 'x');
  expect(host.readText(HELD)).toBeDefined();
  cancelReboot(host, settingsOf(fleetLock));
  expect(pendingReboot(host)).toBeUndefined();
  expect(host.readText(HELD)).toBeUndefined();
  expect(ran(host)).toContain('systemctl stop --no-block basalt-reboot.timer');
});
