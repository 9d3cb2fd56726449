/** An installation: seen through on every kind of BMC, stopped at any moment and gone on with, and never done twice. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InterruptedError } from '../../../src/errors.ts';
import { type InstallOptions, install } from '../../../src/redfish/install.ts';
import { InstallRecords } from '../../../src/redfish/install-record.ts';
import { mount } from '../../../src/redfish/media.ts';
import { atMock, type Said } from '../../support/redfish/at-mock.ts';
import { failureOf } from '../../support/redfish/failure-of.ts';
import { type MockBmc, startMockBmc } from '../../support/redfish/mock-bmc.ts';
import type { Profile } from '../../support/redfish/mock-machine.ts';

const ISO = 'http://10.0.0.1:8080/installer.iso';
const FROM_CD = `cd ${ISO}`;

let folder: string;
let said: Said;
const mocks: MockBmc[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-redfish-'));
  said = [];
});
afterEach(async () => {
  for (const mock of mocks) {
    expect(mock.violations).toEqual([]);
    expect(mock.sessions.size).toBe(0);
    await mock.close();
  }
  mocks.length = 0;
  await rm(folder, { recursive: true, force: true });
});

async function start(profile: Profile): Promise<MockBmc> {
  const mock = await startMockBmc({ profile });
  mocks.push(mock);
  return mock;
}

const options = (changes: Partial<InstallOptions> = {}): InstallOptions => ({
  iso: ISO,
  records: new InstallRecords(folder),
  again: false,
  follow: true,
  replace: false,
  power: { force: false, gracefulLimitMs: 30_000, limitMs: 30_000 },
  mediaLimitMs: 30_000,
  limitMs: 30_000,
  ...changes,
});

const changesOf = (mock: MockBmc) =>
  mock.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('/Sessions')).length;

describe.each<Profile>(['standard', 'idrac8', 'idrac9-old', 'idrac9', 'idrac10'])('%s', (profile) => {
  test.each([
    ['restarts', 'restarted'],
    ['powers-off', 'powered-off'],
  ] as const)('an installer that %s', async (installer, seen) => {
    const mock = await start(profile);
    mock.machine.troubles.installer = installer;
    const installed = await atMock(mock, (bmc) => install(bmc, options()), said);
    expect(installed).toMatchObject({ state: 'installed', seen, changed: true });
    expect(mock.machine.booted).toEqual([FROM_CD, 'disk']);
    expect(mock.machine.power).toBe('On');
    expect(mock.machine.drives.some(({ inserted }) => inserted)).toBe(false);

    const before = changesOf(mock);
    expect(await atMock(mock, (bmc) => install(bmc, options()))).toMatchObject({
      state: 'installed',
      changed: false,
    });
    expect(changesOf(mock)).toBe(before);
    expect(mock.machine.booted).toHaveLength(2);
  });
});

test('a machine that is off', async () => {
  const mock = await start('idrac9');
  mock.machine.reset('ForceOff');
  await atMock(mock, (bmc) => install(bmc, options()));
  expect(mock.machine.booted).toEqual([FROM_CD, 'disk']);
});

test('a BMC that tells only the power sees an installer that turns the machine off', async () => {
  const mock = await start('idrac8');
  Object.assign(mock.machine.troubles, { talkative: false, installer: 'powers-off' });
  expect(await atMock(mock, (bmc) => install(bmc, options()), said)).toMatchObject({ seen: 'powered-off' });
  expect(said.join()).toContain('this BMC tells only the power');
});

test('an installation that does not end is told, and gone on with', async () => {
  const mock = await start('idrac9');
  mock.machine.troubles.installer = 'stays';
  const failure = await failureOf(atMock(mock, (bmc) => install(bmc, options({ limitMs: 1000 }))));
  expect(failure).toMatchObject({
    code: 'bmc-time-limit',
    message: 'the end of the installation was not seen',
  });
  expect(mock.machine.booted).toEqual([FROM_CD]);
  expect(mock.machine.drives.some(({ inserted }) => inserted)).toBe(true);
  // The person at the console does what the installer did not.
  mock.machine.reset('ForceOff');
  mock.machine.reset('On');
  expect(await atMock(mock, (bmc) => install(bmc, options()))).toMatchObject({ seen: 'restarted' });
  expect(mock.machine.booted).toEqual([FROM_CD, 'disk']);
});

test('without following; then with', async () => {
  const mock = await start('idrac9');
  const first = await atMock(mock, (bmc) => install(bmc, options({ follow: false })));
  expect(first).toMatchObject({ state: 'started' });
  expect(await atMock(mock, (bmc) => install(bmc, options()))).toMatchObject({ state: 'installed' });
  expect(mock.machine.booted).toEqual([FROM_CD, 'disk']);
});

test('a medium in a running machine, of which nothing is known, is not restarted from', async () => {
  const mock = await start('idrac9');
  await atMock(mock, (bmc) => mount(bmc, ISO, { limitMs: 1000, replace: false }));
  const failure = await failureOf(atMock(mock, (bmc) => install(bmc, options())));
  expect(failure.code).toBe('bmc-install-unclear');
  expect(mock.machine.resets).toBe(0);
  await atMock(mock, (bmc) => install(bmc, options({ again: true })));
  expect(mock.machine.booted).toEqual([FROM_CD, 'disk']);
});

test('again, and another image, are installed', async () => {
  const mock = await start('idrac9');
  await atMock(mock, (bmc) => install(bmc, options()));
  await atMock(mock, (bmc) => install(bmc, options({ again: true })));
  await atMock(mock, (bmc) => install(bmc, options({ iso: 'http://10.0.0.1:8080/other.iso' })));
  expect(mock.machine.booted).toEqual([
    FROM_CD,
    'disk',
    FROM_CD,
    'disk',
    'cd http://10.0.0.1:8080/other.iso',
    'disk',
  ]);
});

test('a system that does not shut down is not restarted without leave', async () => {
  const mock = await start('idrac9');
  mock.machine.troubles.deaf = true;
  const power = { ...options().power, gracefulLimitMs: 100 };
  expect((await failureOf(atMock(mock, (bmc) => install(bmc, options({ power }))))).code).toBe(
    'bmc-power-graceful',
  );
  expect(mock.machine.booted).toEqual([]);
  // Now with leave: the rest is done.
  await atMock(mock, (bmc) => install(bmc, options({ power: { ...power, force: true } })));
  expect(mock.machine.booted).toEqual([FROM_CD, 'disk']);
  expect(mock.requests.filter(({ path }) => path.endsWith('InsertMedia'))).toHaveLength(1);
});

describe('stopped at any moment, and run again', () => {
  const profile: Profile = 'idrac9';

  /** @returns Whether it was stopped: at the end there is nothing to stop. */
  async function stopAt(number: number, how: 'Ctrl-C' | 'cut'): Promise<boolean> {
    const mock = await start(profile);
    mock.machine.troubles.installMs = 6000;
    const records = new InstallRecords(join(folder, `${how}-${number}`));
    const interrupt = new AbortController();
    let count = 0;
    mock.misbehave(({ method, path }) => {
      if (method === 'DELETE') return undefined;
      if (++count !== number) return undefined;
      interrupt.abort();
      // Half of the requests are carried out, their answers come too late.
      // (A session whose token got lost cannot be deleted by anybody.)
      const done = number % 2 === 0 && !path.endsWith('/Sessions');
      return how === 'cut' ? { kind: 'cut', done } : undefined;
    });
    const work = atMock(mock, (bmc) => install(bmc, options({ records })), [], { signal: interrupt.signal });
    const stopped = await work.then(
      () => false,
      (error: unknown) => {
        if (!(error instanceof InterruptedError)) throw error;
        return true;
      },
    );
    mock.misbehave(() => undefined);
    const result = await atMock(mock, (bmc) => install(bmc, options({ records })));
    expect(result, `stopped at request ${number}`).toMatchObject({ state: 'installed' });
    expect(mock.machine.booted, `stopped at request ${number}`).toEqual([FROM_CD, 'disk']);
    expect(mock.machine.drives.some(({ inserted }) => inserted)).toBe(false);
    return stopped;
  }

  test.each(['Ctrl-C', 'cut'] as const)('%s', async (how) => {
    // All at once: a machine takes its time, in which nothing is to be computed.
    const stopped = await Promise.all(Array.from({ length: 60 }, (_, index) => stopAt(index + 1, how)));
    expect(stopped.filter(Boolean).length).toBeGreaterThan(50);
  });
});
