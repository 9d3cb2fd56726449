/** What is asked for comes true on every kind of BMC, and a second time nothing changes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setBootOnce } from '../../../src/redfish/boot.ts';
import { discover } from '../../../src/redfish/discover.ts';
import { mount, unmount } from '../../../src/redfish/media.ts';
import { setPower } from '../../../src/redfish/power.ts';
import { readStatus } from '../../../src/redfish/progress.ts';
import { atMock } from '../../support/redfish/at-mock.ts';
import { failureOf } from '../../support/redfish/failure-of.ts';
import { type MockBmc, startMockBmc } from '../../support/redfish/mock-bmc.ts';
import type { Profile } from '../../support/redfish/mock-machine.ts';
import { SERVICE_TAG, UUID } from '../../support/redfish/mock-resources.ts';

const profiles: readonly Profile[] = ['standard', 'idrac8', 'idrac9-old', 'idrac9', 'idrac10'];
const ISO = 'http://10.0.0.1:8080/installer.iso?token=verysecret';
const limits = { limitMs: 20_000, gracefulLimitMs: 20_000, force: false };
const media = { limitMs: 10_000, replace: false };

let mock: MockBmc;
afterEach(async () => {
  expect(mock.violations).toEqual([]);
  // Nobody is logged in any more.
  expect([...mock.sessions.keys()]).toEqual([]);
  await mock.close();
});

/** Requests that change something, since the last time. */
let looked = 0;
beforeEach(() => {
  looked = 0;
});
function changes(): readonly string[] {
  const all = mock.requests.slice(looked);
  looked = mock.requests.length;
  return all
    .filter(({ method, path }) => method !== 'GET' && !path.includes('/Sessions'))
    .map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);
}

describe.each(profiles)('%s', (profile) => {
  beforeEach(async () => {
    mock = await startMockBmc({ profile });
  });

  test('discover', async () => {
    const found = await atMock(mock, discover);
    expect(found.system).toMatchObject({ uuid: UUID, firmware: '2.10.2' });
    expect(found.system.serviceTag).toBe(profile === 'standard' ? 'CNFCP0017A00B1' : SERVICE_TAG);
    expect(found.bmc.idrac).toBe(profile === 'standard' ? undefined : Number(/\d+/.exec(profile)?.[0]));
    expect(found.ports.map(({ mac }) => mac)).toEqual(['b0:7b:25:aa:00:01', 'b0:7b:25:aa:00:02']);
    expect(found.drives.length).toBe(mock.machine.drives.length);
    expect(found.power).toBe('On');
    expect(changes()).toEqual([]);
  });

  test('power off, on, restart', async () => {
    expect(await atMock(mock, (bmc) => setPower(bmc, 'off', limits))).toMatchObject({
      changed: true,
      forced: false,
    });
    expect(mock.machine.power).toBe('Off');
    changes();
    expect(await atMock(mock, (bmc) => setPower(bmc, 'off', limits))).toMatchObject({ changed: false });
    expect(changes()).toEqual([]);
    expect(await atMock(mock, (bmc) => setPower(bmc, 'on', limits))).toMatchObject({
      before: 'Off',
      after: 'On',
      changed: true,
    });
    expect(await atMock(mock, (bmc) => setPower(bmc, 'on', limits))).toMatchObject({ changed: false });
    await atMock(mock, (bmc) => setPower(bmc, 'restart', limits));
    expect(mock.machine.power).toBe('On');
    expect(mock.machine.resets).toBe(2);
  });

  test('mount and unmount', async () => {
    const first = await atMock(mock, (bmc) => mount(bmc, ISO, media));
    expect(first).toMatchObject({ changed: true, image: 'http://10.0.0.1:8080/installer.iso?…' });
    expect(mock.machine.drives.filter(({ image }) => image === ISO)).toHaveLength(1);
    expect(changes()).toEqual(['POST VirtualMedia.InsertMedia']);
    expect(await atMock(mock, (bmc) => mount(bmc, ISO, media))).toMatchObject({ changed: false });
    expect(changes()).toEqual([]);
    expect((await atMock(mock, readStatus)).drives.find(({ inserted }) => inserted)?.image).not.toContain(
      'verysecret',
    );
    expect(await atMock(mock, (bmc) => unmount(bmc, undefined, 10_000))).toHaveLength(1);
    expect(changes()).toEqual(['POST VirtualMedia.EjectMedia']);
    expect(await atMock(mock, (bmc) => unmount(bmc, undefined, 10_000))).toEqual([]);
    expect(changes()).toEqual([]);
  });

  test('one boot from the virtual CD', async () => {
    mock.machine.troubles.installer = 'stays';
    await atMock(mock, (bmc) => mount(bmc, ISO, media));
    expect(await atMock(mock, (bmc) => setBootOnce(bmc, 'cd'))).toMatchObject({ changed: true });
    if (profile !== 'idrac8') {
      changes();
      expect(await atMock(mock, (bmc) => setBootOnce(bmc, 'cd'))).toMatchObject({ changed: false });
      expect(changes()).toEqual([]);
    }
    await atMock(mock, (bmc) => setPower(bmc, 'restart', limits));
    await expect.poll(() => mock.machine.booted, { timeout: 10_000 }).toEqual([`cd ${ISO}`]);
    await atMock(mock, (bmc) => setPower(bmc, 'cycle', { ...limits, force: true }));
    await expect.poll(() => mock.machine.booted, { timeout: 10_000 }).toEqual([`cd ${ISO}`, 'disk']);
  });

  test('one boot by PXE', async () => {
    await atMock(mock, (bmc) => setBootOnce(bmc, 'pxe'));
    changes();
    expect(await atMock(mock, (bmc) => setBootOnce(bmc, 'pxe'))).toMatchObject({ changed: false });
    expect(changes()).toEqual([]);
    await atMock(mock, (bmc) => setPower(bmc, 'restart', limits));
    await expect.poll(() => mock.machine.booted, { timeout: 10_000 }).toEqual(['pxe']);
  });

  test('one boot by HTTP, from an address', async () => {
    const uri = 'http://10.0.0.1:8080/installer.efi';
    await atMock(mock, (bmc) => setBootOnce(bmc, 'http', uri));
    changes();
    expect(await atMock(mock, (bmc) => setBootOnce(bmc, 'http', uri))).toMatchObject({ changed: false });
    expect(changes()).toEqual([]);
    await atMock(mock, (bmc) => setPower(bmc, 'restart', limits));
    await expect.poll(() => mock.machine.booted, { timeout: 10_000 }).toEqual([`http ${uri}`]);
  });

  test('another image in every drive', async () => {
    const drives = mock.machine.drives.filter(({ id }) => id !== 'RemovableDisk');
    for (const drive of drives) mock.machine.insert(drive, 'http://10.0.0.1/other.iso');
    const failure = await failureOf(atMock(mock, (bmc) => mount(bmc, ISO, media)));
    expect(failure).toMatchObject({ code: 'bmc-media-occupied', seen: expect.stringContaining('other.iso') });
    await atMock(mock, (bmc) => mount(bmc, ISO, { ...media, replace: true }));
    expect(drives[0]?.image).toBe(ISO);
  });
});

describe('power', () => {
  beforeEach(async () => {
    mock = await startMockBmc({ profile: 'idrac9' });
  });

  test('a system that does not listen is not cut off without leave', async () => {
    mock.machine.troubles.deaf = true;
    const failure = await failureOf(
      atMock(mock, (bmc) => setPower(bmc, 'off', { ...limits, gracefulLimitMs: 60 })),
    );
    expect(failure.code).toBe('bmc-power-graceful');
    expect(failure.next.join()).toContain('--force');
    expect(mock.machine.power).toBe('On');
    expect(mock.requests.filter(({ body }) => body.ResetType === 'ForceOff')).toEqual([]);
    const forced = await atMock(mock, (bmc) =>
      setPower(bmc, 'off', { ...limits, gracefulLimitMs: 60, force: true }),
    );
    expect(forced).toMatchObject({ forced: true, after: 'Off' });
  });

  test('a cycle needs leave', async () => {
    expect((await failureOf(atMock(mock, (bmc) => setPower(bmc, 'cycle', limits)))).code).toBe(
      'bmc-power-force',
    );
    expect(changes()).toEqual([]);
  });

  test('a state that lags is waited for', async () => {
    mock.machine.troubles.lagMs = 80;
    const change = await atMock(mock, (bmc) => setPower(bmc, 'restart', limits));
    expect(change).toMatchObject({ after: 'On' });
    expect(mock.machine.resets).toBe(1);
  });

  test('a state that lags too long is told', async () => {
    mock.machine.troubles.lagMs = 10_000;
    const failure = await failureOf(
      atMock(mock, (bmc) => setPower(bmc, 'cycle', { ...limits, force: true, limitMs: 60 })),
    );
    expect(failure).toMatchObject({ code: 'bmc-time-limit', seen: expect.stringContaining('PowerState On') });
  });
});
