/** Virtual media that hang, as iDRAC's do: helped along where that works, told where it does not. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setBootOnce } from '../../../src/redfish/boot.ts';
import { mount, unmount } from '../../../src/redfish/media.ts';
import { atMock, type Said } from '../../support/redfish/at-mock.ts';
import { failureOf } from '../../support/redfish/failure-of.ts';
import { type MockBmc, refusal, startMockBmc } from '../../support/redfish/mock-bmc.ts';

const ISO = 'http://10.0.0.1:8080/installer.iso';
const SHORT = { limitMs: 200, replace: false };

let mock: MockBmc;
let said: Said;
beforeEach(async () => {
  mock = await startMockBmc({ profile: 'idrac9' });
  said = [];
});
afterEach(async () => {
  expect(mock.violations).toEqual([]);
  expect(mock.sessions.size).toBe(0);
  await mock.close();
});

const posted = (action: string) => mock.requests.filter(({ path }) => path.endsWith(action)).length;

describe('in', () => {
  test('one that does not get connected is inserted once more', async () => {
    mock.machine.troubles.hangingInsertions = 1;
    expect(await atMock(mock, (bmc) => mount(bmc, ISO, SHORT), said)).toMatchObject({ changed: true });
    expect([posted('InsertMedia'), posted('EjectMedia')]).toEqual([2, 1]);
    expect(said.join()).toContain('does not get connected');
  });

  test('one that never gets connected is told, with what to do', async () => {
    mock.machine.troubles.hangingInsertions = 99;
    const failure = await failureOf(atMock(mock, (bmc) => mount(bmc, ISO, SHORT), said));
    expect(failure).toMatchObject({
      code: 'bmc-time-limit',
      seen: 'Inserted true, ConnectedVia NotConnected after 0.2 s',
    });
    expect(failure.next.join()).toContain('racreset');
    expect(posted('InsertMedia')).toBe(2);
  });

  test('one that was left unconnected before is put in anew', async () => {
    mock.machine.troubles.hangingInsertions = 1;
    const [drive] = mock.machine.drives;
    if (drive !== undefined) mock.machine.insert(drive, ISO);
    expect(drive?.connected).toBe(false);
    expect(await atMock(mock, (bmc) => mount(bmc, ISO, SHORT), said)).toMatchObject({
      changed: true,
      drive: drive?.id,
    });
    expect(drive?.connected).toBe(true);
  });

  test('drives that the machine does not see are attached', async () => {
    mock.machine.attributes['VirtualMedia.1.Attached'] = 'Detached';
    await atMock(mock, (bmc) => mount(bmc, ISO, SHORT), said);
    expect(mock.machine.drives.some(({ connected }) => connected)).toBe(true);
  });
});

test('a drive without actions, of the first version of the schema: its image is written', async () => {
  mock.machine.troubles.oldMedia = true;
  expect(await atMock(mock, (bmc) => mount(bmc, ISO, SHORT))).toMatchObject({ changed: true });
  expect(await atMock(mock, (bmc) => mount(bmc, ISO, SHORT))).toMatchObject({ changed: false });
  expect(await atMock(mock, (bmc) => unmount(bmc, ISO, 400))).toHaveLength(1);
  expect(mock.machine.drives.some(({ inserted }) => inserted)).toBe(false);
  const changes = mock.requests.filter(({ path }) => path.includes('VirtualMedia/'));
  expect(changes.filter(({ method }) => method !== 'GET').map(({ method, body }) => [method, body])).toEqual([
    ['PATCH', { Image: ISO, Inserted: true, WriteProtected: true }],
    ['PATCH', { Image: null, Inserted: false }],
  ]);
});

describe('out', () => {
  test('one that comes out at the second request', async () => {
    await atMock(mock, (bmc) => mount(bmc, ISO, SHORT));
    mock.machine.troubles.hangingEjections = 1;
    expect(await atMock(mock, (bmc) => unmount(bmc, ISO, 400), said)).toHaveLength(1);
    expect(posted('EjectMedia')).toBe(2);
    expect(mock.machine.drives.some(({ inserted }) => inserted)).toBe(false);
  });

  test('one that never comes out', async () => {
    await atMock(mock, (bmc) => mount(bmc, ISO, SHORT));
    mock.machine.troubles.hangingEjections = 99;
    const failure = await failureOf(atMock(mock, (bmc) => unmount(bmc, undefined, 200), said));
    expect(failure).toMatchObject({
      code: 'bmc-time-limit',
      message: 'the virtual medium does not come out',
    });
  });

  test('another image stays', async () => {
    await atMock(mock, (bmc) => mount(bmc, ISO, SHORT));
    expect(await atMock(mock, (bmc) => unmount(bmc, 'http://10.0.0.1/other.iso', 200))).toEqual([]);
    expect(mock.machine.drives.some(({ image }) => image === ISO)).toBe(true);
  });
});

describe('images that are no images', () => {
  test.each([
    '/srv/installer.iso',
    'ftp://10.0.0.1/x.iso',
    'file:///x.iso',
    'http://admin:hunter22@10.0.0.1/x.iso',
  ])('%s', async (url) => {
    const failure = await failureOf(atMock(mock, (bmc) => mount(bmc, url, SHORT)));
    expect(failure.code).toBe('bmc-image-invalid');
    expect(JSON.stringify(failure) + failure.seen).not.toContain('hunter22');
    expect(posted('InsertMedia')).toBe(0);
  });
});

describe('the next boot', () => {
  test('an override that is refused and set all the same counts as set', async () => {
    mock.machine.troubles.lyingOverride = true;
    expect(await atMock(mock, (bmc) => setBootOnce(bmc, 'pxe'), said)).toMatchObject({ changed: true });
    expect(mock.machine.boot).toMatchObject({ enabled: 'Once', target: 'Pxe' });
  });

  test('an override that is accepted and not set is told', async () => {
    mock.misbehave(({ method, path }) =>
      method === 'PATCH' && path.endsWith('System.Embedded.1')
        ? { kind: 'status', status: 200, body: {} }
        : undefined,
    );
    const failure = await failureOf(atMock(mock, (bmc) => setBootOnce(bmc, 'pxe'), said));
    expect(failure).toMatchObject({
      code: 'bmc-boot-not-set',
      seen: expect.stringContaining('BootSourceOverrideEnabled Disabled'),
    });
  });

  test('a machine in legacy mode is told to boot by UEFI', async () => {
    mock.machine.boot.mode = 'Legacy';
    await atMock(mock, (bmc) => setBootOnce(bmc, 'pxe'));
    expect(mock.machine.boot.mode).toBe('UEFI');
  });

  test('attributes that are not taken over are told', async () => {
    mock.misbehave(({ method, path }) =>
      method === 'PATCH' && path.includes('DellAttributes')
        ? { kind: 'status', status: 200, body: {} }
        : undefined,
    );
    expect((await failureOf(atMock(mock, (bmc) => setBootOnce(bmc, 'cd')))).code).toBe('bmc-boot-not-set');
  });

  test('a job that is in the way of a profile is waited for', async () => {
    await mock.close();
    mock = await startMockBmc({ profile: 'idrac8' });
    const { status, body = {} } = refusal(
      400,
      'IDRAC.1.6.SYS070',
      'A job operation is already running. Retry the operation after the existing job is completed.',
    );
    mock.misbehave(({ path }, nth) =>
      path.endsWith('ImportSystemConfiguration') && nth < 2 ? { kind: 'status', status, body } : undefined,
    );
    mock.machine.troubles.tasks = 'done';
    expect(await atMock(mock, (bmc) => setBootOnce(bmc, 'cd'), said)).toMatchObject({ changed: true });
    expect(mock.machine.attributes['ServerBoot.1.FirstBootDevice']).toBe('VCD-DVD');
  });

  test.each(['failed', 'vanished'] as const)('a profile whose job is %s is told', async (tasks) => {
    await mock.close();
    mock = await startMockBmc({ profile: 'idrac8' });
    mock.machine.troubles.tasks = tasks;
    expect((await failureOf(atMock(mock, (bmc) => setBootOnce(bmc, 'cd')))).code).toBe(`bmc-task-${tasks}`);
  });
});
