/**
 * From power-on to a configured machine, with real firmware (OVMF) in networks of the test's own: PXE, UEFI HTTP boot, a medium.
 * `BASALT_TEST_IMAGE_INSTALLER` names a build of images/installer.yaml to reuse.
 */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { currentIdentity } from '../../src/exec/identity.ts';
import type { Accelerator, Content, Disk } from '../../src/machine/spec.ts';
import { openPrograms } from '../../src/provision/programs.ts';
import { defaultStoreDirectory, Store } from '../../src/store/store.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { MIB } from '../../src/units.ts';
import { accelerator } from '../support/accelerator.ts';
import type { GuestCheck } from '../support/guest-check.ts';
import type { TestImage } from '../support/image.ts';
import { readMemory } from '../support/memory-probe.ts';
import { BareServer, type BareServerOptions, SERVER_MAC } from '../support/provision/bare-server.ts';
import { CLIENT_ADDRESS, SERVER_ADDRESS } from '../support/provision/networks.ts';
import { Rack } from '../support/provision/rack.ts';
import { ProvisionPlace, ServeProcess } from '../support/provision/server.ts';
import { recipeImage } from '../support/recipe-image.ts';
import { testToolbox } from '../support/toolbox.ts';

/** What docs/provisioning.md promises for the network. */
const NETWORK_MEMORY_BYTES = 1024 * MIB;
/** Of a medium the firmware keeps the file, and the kernel copies the initrd out of it. */
const MEDIUM_MEMORY_BYTES = 1536 * MIB;
/** An emulated machine on a busy host takes minutes where a real one takes seconds. */
const PATIENCE_MS = 20 * 60_000;

let image: TestImage;
let removeImage: () => Promise<void>;
let toolbox: Toolbox;
let how: Accelerator;
let rack: Rack;
let folder: string;
let place: ProvisionPlace;
let serve: ServeProcess | undefined;
let server: BareServer | undefined;

beforeAll(async () => {
  ({ image, remove: removeImage } = await recipeImage('installer'));
  toolbox = await testToolbox();
  how = await accelerator(toolbox, image);
  // The server's host is in a network of its own, from where nothing can be fetched.
  await openPrograms({
    store: new Store(defaultStoreDirectory()),
    toolbox,
    identity: currentIdentity(),
    signal: new AbortController().signal,
    onMessage: () => undefined,
  });
  rack = await Rack.make(toolbox);
  folder = await mkdtemp(join(tmpdir(), 'basalt-bare-metal-'));
  place = await ProvisionPlace.make();
  await mkdir(join(place.images, 'installer'));
  await symlink(image.folder, join(place.images, 'installer', image.manifest.version));
});

afterEach(async () => {
  await server?.remove();
  server = undefined;
  await serve?.stop();
  serve = undefined;
  await rack.stop();
  await rm(place.state, { recursive: true, force: true });
});

afterAll(async () => {
  await rack?.remove();
  await place?.remove();
  await removeImage?.();
  await rm(folder, { recursive: true, force: true });
});

/** Entries that are all for the server of the first test, and one that is not; the most specific counts. */
const machinesYaml = (dhcp: 'proxy' | 'none') => `
network: {interface: basalt0, dhcp: ${dhcp}}
groups:
  hosts:
    image: installer
    disk: {smallest: nvme}
machines:
  - name: any-dell
    group: hosts
    select: {vendor: Dell*}
    config: {file: wrong.yaml}
  - name: r650
    group: hosts
    select: {vendor: Dell Inc., model: PowerEdge R650*}
    config: {template: docker-host, values: {name: "host-{service-tag}"}}
  - name: rack4-7
    group: hosts
    select: {serviceTag: 7XK2QN3}
    config: {file: rack4-7.yaml}
  - name: rack4-8
    group: hosts
    select: {serviceTag: 9ZZ0000}
    config: {file: wrong.yaml}
`;

const cloudConfig = (hostname: string) => `#cloud-config
hostname: ${hostname}
write_files:
  - path: /etc/rack-position
    content: of ${hostname}
`;

async function startServe(dhcp: 'proxy' | 'none' = 'proxy'): Promise<ServeProcess> {
  await writeFile(join(place.folder, 'rack4-7.yaml'), cloudConfig('rack4-7'));
  await writeFile(join(place.folder, 'wrong.yaml'), cloudConfig('wrong'));
  await place.write(machinesYaml(dhcp));
  serve = await ServeProcess.start(place, rack.server.wrapper);
  if (dhcp !== 'none') await serve.line(/dnsmasq-tftp.*TFTP root/);
  return serve;
}

async function powerOn(
  options: Pick<BareServerOptions, 'first' | 'memoryBytes' | 'checks'> & {
    readonly serviceTag: string;
    readonly oemStrings?: readonly Content[];
  },
): Promise<BareServer> {
  const { serviceTag, ...rest } = options;
  server = await BareServer.powerOn({
    rack,
    accelerator: how,
    system: { manufacturer: 'Dell Inc.', product: 'PowerEdge R650', serial: serviceTag },
    ...rest,
  });
  return server;
}

const hasHostname = (name: string): GuestCheck => ({
  name: 'host name',
  script: `read -r name < /proc/sys/kernel/hostname; echo "it is $name"; [ "$name" = ${name} ]`,
});
const installed: readonly GuestCheck[] = [
  { name: 'is no live system', script: '! grep -w basalt.live /proc/cmdline; [ ! -e /run/basalt/live ]' },
  { name: 'runs from the NVMe disk', script: '[[ $(readlink -f /run/basalt/var) == /dev/nvme0n1p* ]]' },
  { name: 'nothing failed', script: '! systemctl list-units --failed --plain --no-legend | grep .' },
];
const hasFile = (hostname: string): GuestCheck => ({
  name: 'file of the cloud-config',
  script: `grep -x "of ${hostname}" /etc/rack-position`,
});

/** Arguments that a person would type in the boot menu, or a BMC would add. */
const kernelArguments = (text: string): Content => ({
  value: `io.systemd.stub.kernel-cmdline-extra=${text}`,
});

/** Prints what was measured. */
function printMemory(way: string, of: BareServer, memoryBytes: number): void {
  const { totalKib, leastAvailableKib } = readMemory(of.told);
  const mib = (kib: number) => `${Math.round(kib / 1024)} MiB`;
  process.stderr.write(
    `memory, ${way}: machine ${memoryBytes / MIB} MiB, MemTotal ${mib(totalKib)}, of that used at most ${mib(totalKib - leastAvailableKib)}, available at least ${mib(leastAvailableKib)}\n`,
  );
  expect(leastAvailableKib).toBeGreaterThan(32 * 1024);
}

/** What serve knows of the machine. */
const isAt = (stage: string, name: string) => (machines: Awaited<ReturnType<ServeProcess['status']>>) =>
  machines.some((each) => each.stage === stage && each.name === name && each.macs.includes(SERVER_MAC));

/** From the script that tells it what to do, to `running`, and once more through the network, which sends it to its disk. */
async function installsItself(of: BareServer, from: ServeProcess, name: string): Promise<void> {
  const { version } = image.manifest;
  const begins = `Basalt: ${name} installs installer ${version}`;
  await of.shows('iPXE got its script', new RegExp(begins), PATIENCE_MS);
  await from.until('the installation begins', isAt('installing', name), PATIENCE_MS);
  of.note('installing');
  // At the first try: what fails for want of memory is tried again by itself, and would pass.
  expect(of.machine.console.text.split(begins)).toHaveLength(2);
  const restart = of.machine.waitForEvent('RESET');
  await from.until('it is installed', isAt('installed', name), PATIENCE_MS);
  of.note('installed');
  await restart;
  of.note('restarts');
  await of.isWell('the installed system is well', PATIENCE_MS);
  await from.until('it reports that it runs', isAt('running', name), PATIENCE_MS);
  of.note('running, says serve');
  expect((await from.status()).map((each) => each.text)).toEqual([`running ${version}`]);

  await of.machine.reset();
  await of.shows('iPXE is told to go on', new RegExp(`Basalt: ${name} is installed`), PATIENCE_MS);
  await of.isWell('the disk starts after iPXE', PATIENCE_MS);
  expect(await from.status()).toMatchObject([{ name, stage: 'running', version, attempts: 0, armed: false }]);
  expect(of.troubles).toEqual([]);
}

describe('beside another DHCP server', () => {
  test('PXE: ProxyDHCP, TFTP, iPXE, HTTP; a service tag has its own profile; 1024 MiB are enough', async () => {
    await rack.startDhcp(folder);
    const from = await startServe();
    const of = await powerOn({
      first: 'pxe',
      memoryBytes: NETWORK_MEMORY_BYTES,
      serviceTag: '7XK2QN3',
      checks: [...installed, hasHostname('rack4-7'), hasFile('rack4-7')],
    });
    await of.shows('firmware: PXE', /Start PXE over IPv4/, PATIENCE_MS);
    await installsItself(of, from, 'rack4-7');
    expect(from.lines.join('\n')).toMatch(/dnsmasq-tftp.*sent .*snponly\.efi/);
    printMemory('PXE', of, NETWORK_MEMORY_BYTES);
  });

  test('UEFI HTTP boot: no TFTP at all; a model has a profile for all of its machines', async () => {
    await rack.startDhcp(folder);
    const from = await startServe();
    const of = await powerOn({
      first: 'http',
      memoryBytes: NETWORK_MEMORY_BYTES,
      serviceTag: '4ABCDE1',
      checks: [
        ...installed,
        hasHostname('host-4abcde1'),
        { name: 'docker runs', script: 'systemctl is-active docker.service' },
      ],
    });
    await of.shows('firmware: HTTP boot', /Start HTTP Boot over IPv4/, PATIENCE_MS);
    await installsItself(of, from, 'r650');
    expect(from.lines.join('\n')).not.toMatch(/dnsmasq-tftp.*sent/);
    printMemory('UEFI HTTP boot of iPXE', of, NETWORK_MEMORY_BYTES);
  });
});

describe('without a server of Basalt', () => {
  test.each<[string, Partial<Disk>]>([
    ['as a virtual CD', { bus: 'cdrom', bootIndex: 2 }],
    ['as a USB stick', { bus: 'usb', readOnly: true, bootIndex: 2 }],
  ])('the ISO, %s, with an answers file', async (_, disk) => {
    await rack.startDhcp(folder);
    await rack.serveFolder(folder);
    await writeFile(
      join(folder, 'answers.yaml'),
      `disk: serial:PHLN0001\nhostname: by-answers\nconfig:\n  text: |\n${cloudConfig('by-answers')
        .replace(/^hostname.*\n/m, '')
        .replaceAll(/^/gm, '    ')}\n`,
    );
    const of = await powerOn({
      first: { path: image.path('iso'), format: 'raw', ...disk },
      memoryBytes: MEDIUM_MEMORY_BYTES,
      serviceTag: '7XK2QN3',
      oemStrings: [
        kernelArguments(
          `basalt.install.unattended=yes basalt.install.answers=http://${CLIENT_ADDRESS}/answers.yaml`,
        ),
      ],
      checks: [...installed, hasHostname('by-answers'), hasFile('by-answers')],
    });
    const restart = of.machine.waitForEvent('RESET');
    await of.shows('installing', /installing to \/dev\/nvme0n1/, PATIENCE_MS);
    await of.shows('installed', /version \S+ is installed to \/dev\/nvme0n1/, PATIENCE_MS);
    await restart;
    of.note('restarts');
    await of.isWell('the installed system is well', PATIENCE_MS);
    expect(of.troubles).toEqual([]);
    printMemory('ISO', of, MEDIUM_MEMORY_BYTES);
  });
});

describe('not started by iPXE', () => {
  test('the live UKI by UEFI HTTP boot asks the server, installs itself, and once more is sent to its disk', async () => {
    const from = await startServe('none');
    const { version } = image.manifest;
    const file = image.path('live-uki').slice(image.folder.length + 1);
    const server = `http://${SERVER_ADDRESS}:8080`;
    await rack.startDhcp(folder, [
      `boot_file ${server}/images/installer/${version}/${file}`,
      'option vendor HTTPClient',
    ]);
    const of = await powerOn({
      first: 'http',
      memoryBytes: MEDIUM_MEMORY_BYTES,
      serviceTag: '7XK2QN3',
      oemStrings: [kernelArguments(`basalt.install.unattended=yes basalt.install.server=${server}`)],
      checks: [...installed, hasHostname('rack4-7'), hasFile('rack4-7')],
    });
    await of.shows('firmware: HTTP boot', /Start HTTP Boot over IPv4/, PATIENCE_MS);
    await of.shows('installing', /installing to \/dev\/nvme0n1/, PATIENCE_MS);
    await from.until('the installation begins', isAt('installing', 'rack4-7'), PATIENCE_MS);
    const restart = of.machine.waitForEvent('RESET');
    await from.until('it is installed', isAt('installed', 'rack4-7'), PATIENCE_MS);
    of.note('installed');
    // At the first try: what fails for want of memory is tried again by itself, and would pass.
    expect((await from.status()).map(({ attempts }) => attempts)).toEqual([1]);
    await restart;
    of.note('restarts');
    await of.isWell('the installed system is well', PATIENCE_MS);
    await from.until('it reports that it runs', isAt('running', 'rack4-7'), PATIENCE_MS);
    of.note('running, says serve');
    expect((await from.status()).map(({ text }) => text)).toEqual([`running ${version}`]);
    printMemory('UEFI HTTP boot of the UKI', of, MEDIUM_MEMORY_BYTES);

    // The network is first in the order of the firmware still, as a virtual CD that stays in would be.
    await of.machine.reset();
    await of.shows('it is told to go on', /rack4-7 is installed/, PATIENCE_MS);
    const toDisk = of.machine.waitForEvent('RESET');
    await of.shows('it goes on to its disk', /this machine starts again in 60 s/, PATIENCE_MS);
    await toDisk;
    await of.isWell('the disk starts after the live system', PATIENCE_MS);
    expect(await from.status()).toMatchObject([
      { name: 'rack4-7', stage: 'running', version, attempts: 0, armed: false },
    ]);
    expect(of.troubles).toEqual([]);
  });
});
