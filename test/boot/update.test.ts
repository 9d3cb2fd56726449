/**
 * A machine and its updates: whole, as a change, a version whose check fails, and the way back by hand. The machine is
 * told nothing but what its configuration says; the host looks from outside.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GIB, MIB } from '../../src/units.ts';
import { type InstalledDisk, installedDisk } from '../support/installed-disk.ts';
import { TestRepository } from '../support/test-repository.ts';
import { UpdatingMachine } from '../support/updating-machine.ts';

const second = '30000101';
const third = '30000102';
const ill = '30000103';
const newest = '30000104';

let installed: InstalledDisk;
let repository: TestRepository;
let updating: UpdatingMachine;
let firstVersion: string;

beforeAll(async () => {
  installed = await installedDisk('update', 6 * GIB);
  firstVersion = installed.image.manifest.version;
  repository = await TestRepository.start(installed.image, installed.folder);
  await repository.release(second);
  updating = await UpdatingMachine.start(installed, repository, {
    name: 'update',
    files: [
      {
        path: '/etc/basalt/health.d/10-not-the-ill-one',
        permissions: '0755',
        content: `#!/bin/sh
. /usr/lib/os-release
[ "$IMAGE_VERSION" != ${ill} ] || { echo "this is the ill version"; exit 1; }
`,
      },
    ],
  });
});
afterAll(async () => {
  await updating?.machine.remove();
  await repository?.remove();
  await installed?.remove();
});

/** Paths without the digests that are in their names. */
const asked = (requests: readonly { readonly path: string }[]) =>
  requests.map(({ path }) => path.replace(/[0-9a-f]{64}\./, ''));

test('the whole of a newer version is written to the other slot, started, and marked good', async () => {
  const { machine } = updating;
  const { server } = repository;
  await updating.isGood(firstVersion);
  await machine.ssh('echo kept | sudo tee /var/lib/kept /etc/kept');
  expect(await updating.status()).toMatchObject({
    version: firstVersion,
    slot: 'A',
    rejected: [],
    faults: [],
  });
  expect(await updating.apply()).toContain(`version ${second} is written to slot B`);
  expect(asked(server.taken())).toContain(`/targets/qemu/${second}/root.zst`);
  await updating.isGood(second);
  expect(await updating.status()).toMatchObject({
    version: second,
    slot: 'B',
    otherVersion: firstVersion,
    rejected: [],
    last: { ok: true, text: `version ${second} runs, and is good` },
  });
  expect((await machine.ssh('cat /etc/mark /var/lib/kept /etc/kept')).split('\n')).toEqual([
    second,
    'kept',
    'kept',
  ]);
  expect(await machine.ssh('systemctl --failed --no-legend')).toBe('');
});

test('nothing is written when nothing is newer, and the words say so', async () => {
  expect(await updating.machine.ssh('sudo basalt-agent update apply 2>&1')).toContain('has nothing newer');
});

test('the next one comes as a change of what runs', async () => {
  const { machine } = updating;
  const { server } = repository;
  await repository.release(third, { from: [second] });
  server.taken();
  await updating.apply();
  const requests = server.taken();
  expect(asked(requests)).not.toContain(`/targets/qemu/${third}/root.zst`);
  expect(requests.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(10 * MIB);
  await updating.isGood(third);
  expect(await updating.status()).toMatchObject({ version: third, slot: 'A', otherVersion: second });
  expect(await machine.ssh('cat /etc/mark')).toBe(third);
});

test('a version whose check fails is left, remembered, and not taken again', async () => {
  const { machine } = updating;
  const { server } = repository;
  await repository.release(ill);
  await updating.apply();
  expect(await updating.isRejected(ill, third)).toContain('this is the ill version');
  expect((await updating.status()).last).toMatchObject({ ok: false });
  server.taken();
  const told = await machine.ssh('sudo basalt-agent update apply 2>&1');
  expect(told).toContain('was rejected on this machine');
  expect(asked(server.taken()).filter((path) => path.includes(`/${ill}/`))).toEqual([]);
});

test('an even newer one goes in over it, and a person can go back without the server', async () => {
  const { machine } = updating;
  const { server } = repository;
  await repository.release(newest);
  await updating.apply();
  await updating.isGood(newest);
  expect(await updating.status()).toMatchObject({ version: newest, slot: 'B', otherVersion: third });
  await server.close();
  const told = await machine.ssh('sudo basalt-agent update rollback 2>&1');
  await updating.restart();
  expect(told).toContain(`version ${third} in slot A starts with the next restart`);
  await updating.isGood(third);
  const failed = await machine.ssh('sudo basalt-agent update check 2>&1 || true');
  expect(failed).not.toContain('nothing newer');
  expect((await updating.status()).last).toMatchObject({ ok: false });
  expect(await machine.ssh('cat /var/lib/kept /etc/kept')).toBe('kept\nkept');
});
