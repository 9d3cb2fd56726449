/**
 * A machine and its updates: whole, as a change, a version whose check fails, and the way back by hand. The machine is
 * told nothing but what its configuration says; the host looks from outside.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initRepository } from '../../src/release/init.ts';
import { defaultLifetimes } from '../../src/release/roles.ts';
import { GIB } from '../../src/units.ts';
import { type InstalledDisk, installedDisk } from '../support/installed-disk.ts';
import { makeReleasePlace, type ReleasePlace } from '../support/release-build.ts';
import { makeKey, SshMachine } from '../support/ssh-machine.ts';
import { type StaticServer, serveFolder } from '../support/static-server.ts';
import { buildVersion, madeFolder, publish } from '../support/update-versions.ts';

let installed: InstalledDisk;
let place: ReleasePlace;
let server: StaticServer;
let machine: SshMachine;
let first: string;
const second = '30000101';
const third = '30000102';
const ill = '30000103';

beforeAll(async () => {
  installed = await installedDisk('update', 6 * GIB);
  const { toolbox, folder, image } = installed;
  first = image.manifest.version;
  place = await makeReleasePlace();
  const { root } = await initRepository(place.context, {
    rootKeys: 1,
    threshold: 1,
    lifetimes: defaultLifetimes,
  });
  const builds = await madeFolder(folder, 'builds');
  await publish(place.context, image.folder, first);
  const marked = (version: string) => ({ files: [{ path: '/etc/mark', content: `${version}\n` }] });
  await publish(place.context, await buildVersion(builds, second, marked(second)), second);
  server = await serveFolder(place.context.repository);
  const key = await makeKey(toolbox, folder);
  const configuration = `#cloud-config
ssh_authorized_keys: ["${key.publicKey}"]
coreos:
  update: { server: "http://10.0.2.2:${server.port}", group: stable, reboot-strategy: reboot, tries: 1, health-timeout: 5m }
write_files:
  - path: /etc/basalt/update/root.json
    content: '${(await readFile(root, 'utf8')).trim()}'
  - path: /etc/basalt/health.d/10-not-the-ill-one
    permissions: "0755"
    content: |
      #!/bin/sh
      . /usr/lib/os-release
      [ "$IMAGE_VERSION" != ${ill} ] || { echo "this is the ill version"; exit 1; }
`;
  machine = new SshMachine(toolbox, folder, key, {
    accelerator: installed.accelerator,
    disks: [{ ...installed.disk, bootIndex: 0 }],
    fwCfg: [{ name: 'opt/basalt/user-data', value: configuration }],
  });
  await machine.powerOn();
});
afterAll(async () => {
  await machine?.remove();
  await server?.close();
  await place?.remove();
  await installed?.remove();
});

interface Status {
  readonly version: string;
  readonly slot: string;
  readonly probation?: string;
  readonly otherVersion?: string;
  readonly rejected: readonly { readonly version: string; readonly reason: string }[];
  readonly last?: { readonly ok: boolean; readonly text: string };
  readonly faults: readonly string[];
}

const status = async (): Promise<Status> =>
  JSON.parse(await machine.ssh('sudo basalt-agent update status --json'));
const runs = (version: string) =>
  machine.waitFor('. /usr/lib/os-release; echo $IMAGE_VERSION', new RegExp(`^${version}$`, 'm'));
const settled = () => machine.waitFor('systemctl is-system-running --wait || true', /running|degraded/);
const isGood = async (version: string) => {
  await runs(version);
  await machine.waitFor('sudo ls /boot/EFI/Linux', new RegExp(`^basalt_${version}\\.efi$`, 'm'));
  await settled();
};
const sent = () => server.taken();

test('the whole of a newer version is written to the other slot, started, and marked good', async () => {
  await isGood(first);
  await machine.ssh('echo kept | sudo tee /var/lib/kept /etc/kept');
  expect(await status()).toMatchObject({ version: first, slot: 'A', rejected: [] });
  const told = await machine.ssh('sudo basalt-agent update apply --reboot 2>&1', 1_200_000);
  expect(told).toContain(`version ${second} is written to slot B`);
  expect(sent().map(({ path }) => path.replace(/[0-9a-f]{64}\./, ''))).toContain(
    `/targets/qemu/${second}/root.zst`,
  );
  await isGood(second);
  expect(await status()).toMatchObject({ version: second, slot: 'B', otherVersion: first, rejected: [] });
  expect((await machine.ssh('cat /etc/mark /var/lib/kept /etc/kept')).split('\n')).toEqual([
    second,
    'kept',
    'kept',
  ]);
  expect(await machine.ssh('systemctl --failed --no-legend')).toBe('');
});

test('nothing is written when nothing is newer, and the words say so', async () => {
  expect(await machine.ssh('sudo basalt-agent update apply 2>&1')).toContain('has nothing newer');
});

test('the next one comes as a change of what runs', async () => {
  const builds = join(installed.folder, 'builds');
  const build = await buildVersion(builds, third, { files: [{ path: '/etc/mark', content: `${third}\n` }] });
  await publish(place.context, build, third, [second]);
  sent();
  await machine.ssh('sudo basalt-agent update apply --reboot 2>&1', 1_200_000);
  const requests = sent();
  expect(requests.map(({ path }) => path.replace(/[0-9a-f]{64}\./, ''))).not.toContain(
    `/targets/qemu/${third}/root.zst`,
  );
  const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
  expect(bytes).toBeLessThan(0.1 * 200 * 1024 * 1024);
  await isGood(third);
  expect(await status()).toMatchObject({ version: third, slot: 'A', otherVersion: second });
  expect(await machine.ssh('cat /etc/mark')).toBe(third);
});

test('a version whose check fails is left, remembered, and not taken again', async () => {
  const builds = join(installed.folder, 'builds');
  const build = await buildVersion(builds, ill, { files: [{ path: '/etc/mark', content: `${ill}\n` }] });
  await publish(place.context, build, ill, [third]);
  await machine.ssh('sudo basalt-agent update apply --reboot 2>&1', 1_200_000);
  await machine.waitFor(
    'sudo basalt-agent update status --json',
    new RegExp(`"rejected": \\[\\s*\\{\\s*"version": "${ill}"`),
  );
  await isGood(third);
  const after = await status();
  expect(after).toMatchObject({ version: third, rejected: [{ version: ill }], last: { ok: false } });
  expect(after.rejected[0]?.reason).toContain('this is the ill version');
  sent();
  const told = await machine.ssh('sudo basalt-agent update apply 2>&1');
  expect(told).toContain('was rejected on this machine');
  expect(sent().filter(({ path }) => path.includes(`/${ill}/`))).toEqual([]);
});

test('an even newer one goes in, over the one that was refused', async () => {
  const newer = '30000104';
  const build = await buildVersion(join(installed.folder, 'builds'), newer, {
    files: [{ path: '/etc/mark', content: `${newer}\n` }],
  });
  await publish(place.context, build, newer, [third]);
  await machine.ssh('sudo basalt-agent update apply --reboot 2>&1', 1_200_000);
  await isGood(newer);
  expect(await status()).toMatchObject({ version: newer, slot: 'B', otherVersion: third });
  // And back by hand, without the server.
  await server.close();
  const told = await machine.ssh('sudo basalt-agent update rollback --reboot 2>&1');
  expect(told).toContain(`version ${third} in slot A starts with the next restart`);
  await isGood(third);
  expect(await status()).toMatchObject({ version: third, slot: 'A' });
  const failed = await machine.ssh('sudo basalt-agent update check 2>&1 || true');
  expect(failed).not.toContain('nothing newer');
  expect((await status()).last).toMatchObject({ ok: false });
  expect(await machine.ssh('cat /var/lib/kept /etc/kept')).toBe('kept\nkept');
});
