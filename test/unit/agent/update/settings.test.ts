import { describe, expect, it } from 'vitest';
import { readUpdateSettings, updateSettings } from '../../../../src/agent/update/settings.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const settingsOf = (values: Record<string, string>) => updateSettings(new Map(Object.entries(values)));

describe('readUpdateSettings', () => {
  it('has defaults for everything', () => {
    expect(readUpdateSettings(new FakeHost())).toEqual({
      server: undefined,
      channel: 'stable',
      strategy: 'reboot',
      tries: 3,
      window: undefined,
      lock: {
        group: 'default',
        maximum: 1,
        endpoints: [],
        ca: undefined,
        cert: undefined,
        key: undefined,
        username: undefined,
        password: undefined,
      },
      fleetLock: undefined,
      health: { allowDegraded: false, timeoutMs: 900_000 },
      problems: [],
    });
  });

  it('takes the configuration over the image', () => {
    const host = new FakeHost({
      files: {
        '/usr/lib/basalt/update/update.conf': 'SERVER="https://a.example"\nCHANNEL="beta"\nTRIES=5\n',
        '/etc/basalt/update.conf': '# Written\nCHANNEL="it \\"is\\" \\$x"\nREBOOT_STRATEGY="off"\n',
      },
    });
    expect(readUpdateSettings(host)).toMatchObject({
      server: 'https://a.example',
      channel: 'it "is" $x',
      tries: 5,
      strategy: 'off',
      problems: [],
    });
  });

  it("knows locksmithd's names, and prefers its own", () => {
    const old = {
      LOCKSMITHD_REBOOT_WINDOW_START: 'Thu 04:00',
      LOCKSMITHD_REBOOT_WINDOW_LENGTH: '1h30m',
      LOCKSMITHD_ENDPOINT: 'https://10.0.0.1:2379/, https://10.0.0.2:2379',
      LOCKSMITHD_GROUP: 'web',
      LOCKSMITHD_ETCD_CAFILE: '/ca',
      LOCKSMITHD_ETCD_CERTFILE: '/cert',
      LOCKSMITHD_ETCD_KEYFILE: '/key',
      LOCKSMITHD_ETCD_USERNAME: 'u',
      LOCKSMITHD_ETCD_PASSWORD: 'p',
      REBOOT_STRATEGY: 'etcd-lock',
    };
    expect(settingsOf(old)).toMatchObject({
      strategy: 'etcd-lock',
      window: { days: [4], minutes: 240, lengthMs: 5_400_000, timeZone: undefined },
      lock: {
        group: 'web',
        endpoints: ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'],
        ca: '/ca',
        cert: '/cert',
        key: '/key',
        username: 'u',
        password: 'p',
      },
      problems: [],
    });
    expect(
      settingsOf({
        ...old,
        WINDOW_START: '05:00',
        WINDOW_TIMEZONE: 'Europe/Berlin',
        LOCK_GROUP: 'db',
        LOCK_MAXIMUM: '2',
      }),
    ).toMatchObject({
      window: { days: [], minutes: 300, lengthMs: 5_400_000, timeZone: 'Europe/Berlin' },
      lock: { group: 'db', maximum: 2 },
    });
  });

  it('has a FleetLock server with the group of the lock', () => {
    expect(
      settingsOf({ REBOOT_STRATEGY: 'fleet-lock', FLEET_LOCK_URL: 'https://l.example', LOCK_GROUP: 'db' }),
    ).toMatchObject({ fleetLock: { url: 'https://l.example', group: 'db', id: undefined }, problems: [] });
  });

  it('has health settings', () => {
    expect(settingsOf({ ALLOW_DEGRADED: 'true', HEALTH_TIMEOUT: '20m' }).health).toEqual({
      allowDegraded: true,
      timeoutMs: 1_200_000,
    });
    expect(settingsOf({ HEALTH_TIMEOUT: '1s' }).health.timeoutMs).toBe(60_000);
  });

  it.each([
    [
      { REBOOT_STRATEGY: 'never' },
      'REBOOT_STRATEGY is "never": one of reboot, off, etcd-lock, fleet-lock is needed',
    ],
    [{ REBOOT_STRATEGY: 'fleet-lock' }, 'REBOOT_STRATEGY is fleet-lock, and FLEET_LOCK_URL is not set'],
    [{ TRIES: '0' }, 'TRIES is "0": a number from 1 to 10 is needed'],
    [{ TRIES: '99' }, 'TRIES is "99": a number from 1 to 10 is needed'],
    [{ LOCK_MAXIMUM: '1.5' }, 'LOCK_MAXIMUM is "1.5": a number from 1 is needed'],
    [{ LOCK_GROUP: 'a/b' }, 'LOCK_GROUP is "a/b": a name of letters, digits, ".", "_" and "-" is needed'],
    [{ WINDOW_START: '04:00' }, 'WINDOW_START is set, and WINDOW_LENGTH is not'],
    [{ WINDOW_LENGTH: '1h' }, 'WINDOW_LENGTH is set, and WINDOW_START is not'],
    [
      { WINDOW_START: '4 am', WINDOW_LENGTH: '1h' },
      'WINDOW_START is "4 am": a time such as "Thu 04:00" is needed',
    ],
    [
      { WINDOW_START: '04:00', WINDOW_LENGTH: '0h' },
      'WINDOW_LENGTH is "0h": a span of time such as 1h30m is needed',
    ],
    [{ WINDOW_TIMEZONE: '../x' }, 'WINDOW_TIMEZONE is "../x": a time zone such as Europe/Berlin is needed'],
    [{ ALLOW_DEGRADED: 'yes' }, 'ALLOW_DEGRADED is "yes": true or false is needed'],
  ])('tells what is wrong: %j', (values, problem) => {
    expect(settingsOf(values).problems).toEqual([problem]);
  });
});
