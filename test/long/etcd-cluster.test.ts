/**
 * Three machines on a private network, started from the rendered template alone: they elect a leader; one loses its power
 * while a client writes without pause; it comes back and catches up; then all three are replaced, one after another. No
 * write that was acknowledged is lost. The client is on this machine and shows the certificate of config pki.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTemplate } from '../../src/config-templates/catalogue.ts';
import { renderCloudConfig } from '../../src/config-templates/render.ts';
import { scanConsole } from '../../src/machine/console-scan.ts';
import { credential } from '../../src/machine/credentials.ts';
import { prepareFirmware } from '../../src/machine/firmware.ts';
import { type Machine, startMachine } from '../../src/machine/machine.ts';
import { makeOverlay } from '../../src/machine/overlay.ts';
import type { Accelerator, Wire } from '../../src/machine/spec.ts';
import { makeEtcdPki } from '../../src/pki/etcd-pki.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { accelerator } from '../support/accelerator.ts';
import { type ClusterPlace, EtcdClient, extractEtcd, Writer } from '../support/etcd-cluster.ts';
import { EthernetSwitch } from '../support/ethernet-switch.ts';
import { type TestImage, testImage } from '../support/image.ts';
import { settingsOf } from '../support/template-cases.ts';
import { testToolbox } from '../support/toolbox.ts';

const NODES = [
  { name: 'node1', address: '10.9.0.11', mac: '52:54:00:09:00:11', port: 22_791 },
  { name: 'node2', address: '10.9.0.12', mac: '52:54:00:09:00:12', port: 22_792 },
  { name: 'node3', address: '10.9.0.13', mac: '52:54:00:09:00:13', port: 22_793 },
] as const;
/** Where QEMU's user network lets the host's connections come from. */
const HOST_NETWORK = '10.0.2.0/24';
const BOOT_MS = 20 * 60_000;

let toolbox: Toolbox;
let image: TestImage;
let how: Accelerator;
let folder: string;
let client: EtcdClient;
const network = new EthernetSwitch();
const nodes: Node[] = [];
const story: string[] = [];
const startedAt = Date.now();

function tell(text: string): void {
  const line = `${((Date.now() - startedAt) / 1000).toFixed(1).padStart(8)} s  ${text}`;
  story.push(line);
  process.stderr.write(`${line}\n`);
}

/** A machine's place: its name, address and wire stay when the machine is replaced. */
class Node {
  private machine: Machine | undefined;
  private readonly stopper = new AbortController();
  private disks = 0;
  readonly consoles: string[] = [];

  constructor(
    readonly about: (typeof NODES)[number],
    private readonly wire: Wire,
    private readonly userData: string,
  ) {}

  /** @param fresh With an empty disk. */
  async powerOn(fresh: boolean): Promise<void> {
    if (fresh) this.disks++;
    const place = join(folder, `${this.about.name}-${this.disks}`);
    await mkdir(place, { recursive: true });
    const overlay = join(place, 'disk.qcow2');
    const options = { image: image.path('qcow2'), format: 'qcow2' as const, sizeBytes: 5 * GIB };
    const disk = fresh
      ? await makeOverlay(toolbox, { ...options, overlay })
      : { path: overlay, format: 'qcow2' as const, backing: { path: options.image, format: options.format } };
    const workDirectory = await mkdtemp(join(place, 'run-'));
    this.machine = await startMachine(
      {
        accelerator: how,
        memoryBytes: 1.25 * GIB,
        cpus: 2,
        firmware: await prepareFirmware(toolbox, join(workDirectory, 'variables.fd')),
        disks: [{ ...disk, bootIndex: 0 }],
        network: { forwards: [{ hostPort: this.about.port, guestPort: 2379 }] },
        wire: this.wire,
        fwCfg: [{ name: 'opt/basalt/user-data', value: this.userData }],
        oemStrings: [
          // What a data centre's DHCP would do: the machine's address on the private network.
          credential(
            'network.network.10-wire',
            `[Match]\nMACAddress=${this.about.mac}\n\n[Network]\nAddress=${this.about.address}/24\n`,
          ),
        ],
      },
      { toolbox, signal: this.stopper.signal, workDirectory },
    );
  }

  /** As if its power was cut. */
  async powerOff(): Promise<void> {
    const { machine } = this;
    this.machine = undefined;
    if (machine === undefined) return;
    machine.kill();
    await machine.ended;
    this.consoles.push(machine.console.text);
  }
}

beforeAll(async () => {
  image = await testImage();
  toolbox = await testToolbox();
  how = await accelerator(toolbox, image);
  folder = await mkdtemp(join(tmpdir(), 'basalt-cluster-test-'));
  const place: ClusterPlace = {
    toolbox,
    folder,
    programs: join(folder, 'programs'),
    agent: folder,
    pki: join(folder, 'pki'),
  };
  await mkdir(place.programs);
  await extractEtcd(toolbox, image.path('squashfs'), place.programs);
  await makeEtcdPki({
    folder: place.pki,
    name: 'cluster',
    members: NODES.map(({ name, address }) => ({ name, alternatives: [address] })),
    authorityDays: 10,
    days: 10,
    renew: false,
    now: new Date(),
  });
  const template = await openTemplate(
    resolve(import.meta.dirname, '../../templates/cloud-config'),
    'etcd-member-tls',
  );
  for (const about of NODES) {
    const files = await filesOf(template.header.parameters, join(place.pki, about.name));
    const { text } = renderCloudConfig(
      template,
      settingsOf([
        ['name', about.name],
        ...NODES.map(({ name, address }) => ['member', `${name}=${address}`] as const),
        ['network', HOST_NETWORK],
        // Emulated processors are slow: elections of a second would never end.
        ['heartbeat', '500'],
        ['election', '5000'],
        ...files,
      ]),
    );
    nodes.push(new Node(about, await network.plug(about.mac), text));
  }
  client = new EtcdClient(
    place,
    NODES.map(({ port }) => `https://127.0.0.1:${port}`),
  );
});

afterAll(async () => {
  for (const node of nodes) await node.powerOff();
  network.close();
  await rm(folder, { recursive: true, force: true });
});

async function filesOf(
  parameters: Readonly<Record<string, { readonly file?: string | undefined }>>,
  from: string,
): Promise<[string, string][]> {
  const { readFile } = await import('node:fs/promises');
  const pairs = Object.entries(parameters).flatMap(([name, { file }]) =>
    file === undefined ? [] : [[name, file] as const],
  );
  return Promise.all(
    pairs.map(
      async ([name, file]): Promise<[string, string]> => [
        name,
        (await readFile(join(from, file), 'utf8')).trimEnd(),
      ],
    ),
  );
}

const voters = async () =>
  (await client.members()).filter(({ learner, clientUrls }) => !learner && clientUrls.length > 0);
const allVote = async () => (await voters()).length === NODES.length && (await client.isHealthy());

test('the story of a cluster', async () => {
  await Promise.all(nodes.map((node) => node.powerOn(true)));
  tell('three machines have power');
  await client.until('the cluster is healthy', allVote, BOOT_MS);
  tell('a leader is elected, all three vote and are healthy');

  const writer = new Writer(client);
  await client.until('it writes', async () => writer.acknowledged.length >= 10);
  const [, , last] = nodes;
  await last?.powerOff();
  let count = writer.acknowledged.length;
  tell(`${last?.about.name} lost its power after ${count} acknowledged writes`);
  await client.until('writes go on', async () => writer.acknowledged.length >= count + 30, 5 * 60_000);
  tell(`writes went on: ${writer.acknowledged.length}`);

  await last?.powerOn(false);
  await client.until('it is back', allVote, BOOT_MS);
  tell(`${last?.about.name} is back and healthy after ${writer.acknowledged.length} acknowledged writes`);

  for (const node of nodes) {
    const before = (await voters()).find(({ name }) => name === node.about.name)?.id;
    await node.powerOff();
    tell(`${node.about.name} (${before}) is gone for ever`);
    await node.powerOn(true);
    await client.until(
      'its successor votes',
      async () => {
        const now = (await voters()).find(({ name }) => name === node.about.name)?.id;
        return now !== undefined && now !== before && (await allVote());
      },
      BOOT_MS,
    );
    count = writer.acknowledged.length;
    await client.until('writes go on', async () => writer.acknowledged.length > count + 5, 5 * 60_000);
    tell(`its successor votes and is healthy after ${writer.acknowledged.length} acknowledged writes`);
  }

  await writer.stop();
  const { stdout } = await client.etcdctl('get', '--prefix', 'write/', '--keys-only');
  const kept = new Set(stdout.split('\n').filter((line) => line !== ''));
  const lost = writer.acknowledged.filter((key) => !kept.has(key));
  tell(
    `${writer.acknowledged.length} writes were acknowledged, ${lost.length} of them are lost, ${kept.size} are there`,
  );
  if (process.env.BASALT_BOOT_LOGS)
    await writeFile(join(process.env.BASALT_BOOT_LOGS, 'etcd-cluster.log'), `${story.join('\n')}\n`);
  expect(lost).toEqual([]);

  for (const node of nodes) await node.powerOff();
  for (const node of nodes)
    for (const console of node.consoles) expect(scanConsole(console, {}), node.about.name).toEqual([]);
});
