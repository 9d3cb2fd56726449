/**
 * Versions that are bad in every way there is: each is left by the machine itself, remembered with its reason, and a good
 * newer one goes in afterwards. One try each, so that it takes minutes and not hours.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GIB } from '../../src/units.ts';
import { type InstalledDisk, installedDisk } from '../support/installed-disk.ts';
import { TestRepository } from '../support/test-repository.ts';
import { damageRoot } from '../support/update-versions.ts';
import { UpdatingMachine } from '../support/updating-machine.ts';

let installed: InstalledDisk;
let repository: TestRepository;
let updating: UpdatingMachine;
let firstVersion: string;
/** Versions that were tried so far. */
const bad: string[] = [];

beforeAll(async () => {
  installed = await installedDisk('update-bad', 6 * GIB);
  firstVersion = installed.image.manifest.version;
  repository = await TestRepository.start(installed.image, installed.folder);
  updating = await UpdatingMachine.start(installed, repository, {
    name: 'update-bad',
    update: { 'health-timeout': '6m' },
    machine: { watchdog: true },
  });
  await updating.isGood(firstVersion);
});
afterAll(async () => {
  await updating?.machine.remove();
  await repository?.remove();
  await installed?.remove();
});

const HANGING = `[Unit]
Description=Never ends its start
Before=multi-user.target
[Service]
Type=oneshot
ExecStart=/usr/bin/sleep infinity
TimeoutStartSec=infinity
[Install]
WantedBy=multi-user.target
`;
/**
 * PID 1 crashes, and is told to freeze instead of restarting, by a file that comes after the image's basalt.conf: then nobody
 * feeds the hardware watchdog.
 */
const FREEZING = `[Unit]
Description=Freezes the service manager
[Service]
Type=oneshot
ExecStart=/usr/bin/kill -SEGV 1
[Install]
WantedBy=multi-user.target
`;

/** @returns The reason. */
async function isRejected(version: string): Promise<string> {
  const reason = await updating.isRejected(version, firstVersion);
  bad.push(version);
  return reason;
}

test('a block of the root that does not verify', async () => {
  await repository.release('30000201', {}, (build) =>
    damageRoot(build, async (file) => {
      await file.write(Buffer.alloc(4096, 0xa5), 0, 4096, 0);
    }),
  );
  await updating.apply();
  expect(await isRejected('30000201')).toContain('its root did not verify');
});

test('an empty root', async () => {
  await repository.release('30000202', {}, (build) =>
    damageRoot(build, async (file, sizeBytes) => {
      await file.truncate(0);
      await file.truncate(sizeBytes);
    }),
  );
  await updating.apply();
  expect(await isRejected('30000202')).toContain('its root did not verify');
});

test('a kernel that panics', async () => {
  await repository.release('30000203', { settings: ['kernel.arguments=[rdinit=/not/there]'] });
  await updating.apply();
  expect(await isRejected('30000203')).toContain('its kernel panicked');
  expect(updating.machine.console.text).toContain('Kernel panic - not syncing');
});

test('a boot that hangs', async () => {
  await repository.release('30000204', {
    files: [{ path: '/usr/lib/systemd/system/hanging.service', content: HANGING }],
    settings: ['systemd.enable=[hanging.service]'],
  });
  await updating.apply();
  expect(await isRejected('30000204')).toContain('hanging.service');
});

test('a service manager that freezes: the watchdog', async () => {
  await repository.release('30000205', {
    files: [
      { path: '/usr/lib/systemd/system/freezing.service', content: FREEZING },
      { path: '/usr/lib/systemd/system.conf.d/zz-freeze.conf', content: '[Manager]\nCrashAction=freeze\n' },
    ],
    settings: ['systemd.enable=[freezing.service]'],
  });
  const restarted = updating.machine.running.waitForEvent('WATCHDOG');
  await updating.apply();
  await restarted;
  expect(await isRejected('30000205')).toContain('it hung');
});

test('and then a good one', async () => {
  await repository.release('30000206');
  await updating.apply();
  await updating.isGood('30000206');
  const { rejected, otherVersion } = await updating.status();
  expect(rejected.map(({ version }) => version)).toEqual(bad);
  expect(otherVersion).toBe(firstVersion);
});
