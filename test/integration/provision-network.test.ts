/** `serve` on a network of its own: what firmware gets from the real dnsmasq, by DHCP, TFTP and HTTP. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { currentIdentity } from '../../src/exec/identity.ts';
import { openPrograms } from '../../src/provision/programs.ts';
import { defaultStoreDirectory, Store } from '../../src/store/store.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import {
  CLIENT_ADDRESS,
  makeNetworks,
  type Networks,
  processesOn,
  SERVER_ADDRESS,
} from '../support/provision/networks.ts';
import { ProvisionPlace, ServeProcess } from '../support/provision/server.ts';
import { testToolbox } from '../support/toolbox.ts';

const MAC = '52:54:00:12:34:56';
const BASE = `http://${SERVER_ADDRESS}:8080`;

let toolbox: Toolbox;
let networks: Networks;
let place: ProvisionPlace;
let asker: string;
let server: ServeProcess | undefined;

beforeAll(async () => {
  toolbox = await testToolbox();
  // The server's hosts are in networks of their own, from where nothing can be fetched.
  await openPrograms({
    store: new Store(defaultStoreDirectory()),
    toolbox,
    identity: currentIdentity(),
    signal: new AbortController().signal,
    onMessage: () => undefined,
  });
  networks = await makeNetworks(toolbox);
  place = await ProvisionPlace.make();
  asker = join(place.folder, 'ask-dhcp.mjs');
  await build({
    entryPoints: [resolve(import.meta.dirname, '../support/provision/ask-dhcp.ts')],
    outfile: asker,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  });
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

afterAll(async () => {
  await networks?.remove();
  await place?.remove();
});

const machinesYaml = (dhcp: string) => `
network:
  interface: basalt0
${dhcp}
machines:
  - name: node1
    select: {mac: "${MAC}"}
    image: live
    disk: {smallest: any}
`;

const client = (vendor: 'PXEClient' | 'HTTPClient' | undefined, architecture: number, more: object = {}) => ({
  mac: MAC,
  vendor,
  architecture,
  ...more,
});

interface Seen {
  readonly address: string;
  readonly nextServer: string;
  readonly bootFile: string;
  readonly vendorClass: string;
}

async function dhcp(...questions: readonly object[]): Promise<(Seen | null)[]> {
  const text = await networks.client.run(
    'node',
    asker,
    JSON.stringify({ questions, server: SERVER_ADDRESS, own: CLIENT_ADDRESS }),
  );
  return JSON.parse(text) as (Seen | null)[];
}

/** curl of the tools tree, on the client's host. */
async function curl(...args: readonly string[]): Promise<string> {
  const command = toolbox.commandLine(['curl', '--silent', '--show-error', '--max-time', '20', ...args], {
    network: true,
    binds: [{ source: place.folder, writable: true }],
  });
  return networks.client.run(...command);
}

/** dnsmasq works. */
const whenDhcpWorks = (from = 0) => server?.line(/dnsmasq-tftp.*TFTP root/, from);

test('beside another DHCP server: boot files for each firmware, and addresses for nobody', async () => {
  await place.write(machinesYaml('  dhcp: proxy'));
  server = await ServeProcess.start(place, networks.server.wrapper);
  await whenDhcpWorks();
  const nothing = { address: '0.0.0.0' };
  expect(
    await dhcp(
      client('PXEClient', 0),
      client('PXEClient', 0, { port: 4011, menuItem: 0x8000 }),
      client('PXEClient', 7, { port: 4011 }),
      client('PXEClient', 9, { port: 4011 }),
      client('PXEClient', 11, { port: 4011 }),
      client('PXEClient', 0, { isIpxe: true }),
      client('PXEClient', 7, { isIpxe: true }),
      client('HTTPClient', 16),
      client(undefined, 0),
    ),
  ).toMatchObject([
    { ...nothing, vendorClass: 'PXEClient' },
    { bootFile: 'undionly.kpxe', nextServer: SERVER_ADDRESS },
    { ...nothing, bootFile: 'snponly.efi', nextServer: SERVER_ADDRESS },
    { ...nothing, bootFile: 'snponly.efi', nextServer: SERVER_ADDRESS },
    { ...nothing, bootFile: 'ipxe-arm64.efi', nextServer: SERVER_ADDRESS },
    { ...nothing, bootFile: `${BASE}/boot.ipxe` },
    { ...nothing, bootFile: `${BASE}/boot.ipxe` },
    { ...nothing, bootFile: `${BASE}/boot/snponly.efi`, vendorClass: 'HTTPClient' },
    // A client that does not boot is not answered.
    null,
  ]);
  await server.until('the card is seen', ([machine]) => machine?.macs[0] === MAC && machine.stage === 'seen');
}, 120_000);

test('as the DHCP server: addresses for all, boot files for those that boot, iPXE only once', async () => {
  const range = '{from: 10.77.0.100, to: 10.77.0.120, router: 10.77.0.1, dns: [10.77.0.1]}';
  await place.write(machinesYaml(`  dhcp: full\n  efi: ipxe\n  range: ${range}`));
  server = await ServeProcess.start(place, networks.server.wrapper);
  await whenDhcpWorks();
  const address = expect.stringMatching(/^10\.77\.0\.1[012]\d$/);
  expect(
    await dhcp(
      client('PXEClient', 0),
      client('PXEClient', 7),
      client('PXEClient', 7, { isIpxe: true }),
      client('HTTPClient', 16),
      client(undefined, 0),
    ),
  ).toMatchObject([
    { address, bootFile: 'undionly.kpxe', nextServer: SERVER_ADDRESS },
    { address, bootFile: 'ipxe.efi', nextServer: SERVER_ADDRESS },
    { address, bootFile: `${BASE}/boot.ipxe` },
    { address, bootFile: `${BASE}/boot/ipxe.efi`, vendorClass: 'HTTPClient' },
    { address, bootFile: '' },
  ]);
}, 120_000);

test('the way of a machine: TFTP, HTTP, script, image; nothing else by TFTP', async () => {
  await place.write(machinesYaml('  dhcp: proxy'));
  server = await ServeProcess.start(place, networks.server.wrapper);
  await whenDhcpWorks();
  for (const name of ['undionly.kpxe', 'snponly.efi', 'ipxe.efi'])
    await curl('--output', join(place.folder, name), `tftp://${SERVER_ADDRESS}/${name}`);
  // MZ: a program for UEFI.
  expect((await readFile(join(place.folder, 'snponly.efi'))).subarray(0, 2).toString()).toBe('MZ');
  await curl('--output', join(place.folder, 'by-http.efi'), `${BASE}/boot/snponly.efi`);
  expect(await readFile(join(place.folder, 'by-http.efi'))).toEqual(
    await readFile(join(place.folder, 'snponly.efi')),
  );
  for (const name of ['../dnsmasq.conf', '/etc/passwd', 'etc/passwd'])
    await expect(curl(`tftp://${SERVER_ADDRESS}/${name}`)).rejects.toThrow();

  expect(await curl(`${BASE}/boot.ipxe`)).toContain(`chain --replace --autofree \${server}/v1/ask.ipxe?mac=`);
  const script = await curl(`${BASE}/v1/ask.ipxe?mac=${MAC.replaceAll(':', '-')}&vendor=QEMU`);
  const kernel = /^kernel (\S+)/m.exec(script)?.[1] ?? '';
  expect(kernel).toBe(`${BASE}/images/live/1.0.0/live_1.0.0.vmlinuz`);
  await curl('--output', join(place.folder, 'kernel'), kernel);
  expect(await readFile(join(place.folder, 'kernel'))).toEqual(
    await readFile(join(place.images, 'live/1.0.0/live_1.0.0.vmlinuz')),
  );
  await server.until('it loads', ([machine]) => machine?.stage === 'loading');
}, 120_000);

test('dnsmasq that dies is told and started again; it does not outlive the server', async () => {
  await place.write(machinesYaml('  dhcp: proxy'));
  server = await ServeProcess.start(place, networks.server.wrapper);
  await whenDhcpWorks();
  const program = '/programs/usr/sbin/dnsmasq';
  const [first = 0] = await processesOn(networks.server, program);
  expect(first).toBeGreaterThan(0);
  // It is nobody, and of root's rights it can have no others than these (capabilities(7)).
  const status = await readFile(`/proc/${first}/status`, 'utf8');
  expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe('65534');
  expect(/^NoNewPrivs:\s+(\d)/m.exec(status)?.[1]).toBe('1');
  const rights = { setgid: 6, setuid: 7, lowPorts: 10, netAdmin: 12, netRaw: 13 };
  const most = Object.values(rights).reduce((sum, bit) => sum + 2 ** bit, 0);
  const permitted = BigInt(`0x${/^CapPrm:\s+(\w+)/m.exec(status)?.[1]}`);
  expect(permitted & ~BigInt(most)).toBe(0n);
  const from = server.lines.length;
  process.kill(first, 'SIGKILL');
  expect(await server.line(/dnsmasq ended/, from)).toMatch(
    /no DHCP and no TFTP; starting it again in 0\.5 s/,
  );
  await whenDhcpWorks(from);
  expect(await dhcp(client('PXEClient', 7, { port: 4011 }))).toMatchObject([{ bootFile: 'snponly.efi' }]);

  await server.kill();
  await expect.poll(() => processesOn(networks.server, program), { timeout: 10_000 }).toEqual([]);

  // Nothing that the killed one left is in the way of the next.
  server = await ServeProcess.start(place, networks.server.wrapper);
  await whenDhcpWorks();
  expect(await server.stop()).toBe(0);
  await expect.poll(() => processesOn(networks.server, program), { timeout: 10_000 }).toEqual([]);
}, 180_000);

test('what keeps it from starting is told in words', async () => {
  await place.write(machinesYaml('  dhcp: proxy'));
  server = await ServeProcess.start(place, networks.server.wrapper);
  await whenDhcpWorks();
  const other = await ProvisionPlace.make();
  try {
    await other.write(machinesYaml('  dhcp: none'));
    const second = ServeProcess.spawn(other, networks.server.wrapper);
    expect(await second.exited).toBe(1);
    expect(second.lines.join('\n')).toContain('another program listens on port 8080 already');
  } finally {
    await other.remove();
  }
  const sameState = ServeProcess.spawn(place, networks.server.wrapper);
  expect(await sameState.exited).toBe(1);
  expect(sameState.lines.join('\n')).toContain('another server works with this state');
  const elsewhere = ServeProcess.spawn(place, networks.client.wrapper);
  expect(await elsewhere.exited).toBe(1);
  expect(elsewhere.lines.join('\n')).toMatch(/the network interface basalt0 has no IPv4 address/);
}, 180_000);
