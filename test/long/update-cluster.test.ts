/** Three machines of an etcd cluster update themselves with `etcd-lock`: all three do, and never two are down at once. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTemplate } from '../../src/config-templates/catalogue.ts';
import { renderCloudConfig } from '../../src/config-templates/render.ts';
import { credential } from '../../src/machine/credentials.ts';
import { GIB } from '../../src/units.ts';
import { EthernetSwitch } from '../support/ethernet-switch.ts';
import { type InstalledDisk, installedDisk } from '../support/installed-disk.ts';
import { settingsOf } from '../support/template-cases.ts';
import { TestRepository } from '../support/test-repository.ts';
import { UpdatingMachine } from '../support/updating-machine.ts';

const NODES = [
  { name: 'node1', address: '10.9.0.11', mac: '52:54:00:09:00:11' },
  { name: 'node2', address: '10.9.0.12', mac: '52:54:00:09:00:12' },
  { name: 'node3', address: '10.9.0.13', mac: '52:54:00:09:00:13' },
] as const;
const next = '30000301';
/** Three emulated machines share two processors. */
const PATIENCE_MS = 45 * 60_000;

let installed: InstalledDisk;
let repository: TestRepository;
const network = new EthernetSwitch();
const machines: UpdatingMachine[] = [];

beforeAll(async () => {
  installed = await installedDisk('update-cluster', 6 * GIB);
  repository = await TestRepository.start(installed.image, installed.folder);
  const template = await openTemplate(
    resolve(import.meta.dirname, '../../templates/cloud-config'),
    'etcd-member',
  );
  for (const { name, address, mac } of NODES) {
    const { text } = renderCloudConfig(
      template,
      settingsOf([
        ['name', name],
        ...NODES.map((node) => ['member', `${node.name}=${node.address}`] as const),
        // Emulated processors are slow: elections of a second would never end.
        ['heartbeat', '500'],
        ['election', '5000'],
      ]),
    );
    const updating = await UpdatingMachine.start(installed, repository, {
      name,
      base: text,
      update: { 'reboot-strategy': 'etcd-lock' },
      machine: {
        memoryBytes: 1.25 * GIB,
        wire: await network.plug(mac),
        oemStrings: [
          credential(
            'network.network.10-wire',
            `[Match]\nMACAddress=${mac}\n\n[Network]\nAddress=${address}/24\n`,
          ),
        ],
      },
    });
    machines.push(updating);
  }
});
afterAll(async () => {
  for (const { machine } of machines) await machine.remove();
  network.close();
  await repository?.remove();
  await installed?.remove();
});

/** A time in which a machine was not there for others: from its restart until it was marked good. */
interface Absence {
  readonly name: string;
  readonly fromMs: number;
  toMs?: number;
}

test('all three take the new version, one after another', async () => {
  const first = installed.image.manifest.version;
  const startedMs = performance.now();
  const now = () => performance.now() - startedMs;
  const healthy =
    'sudo sh -c \'eval "$(basalt-agent etcd env)"; etcdctl endpoint health --cluster\' 2>&1 || true';
  await Promise.all(machines.map((each) => each.isGood(first)));
  await machines[0]?.machine.waitFor(healthy, /(is healthy[\s\S]*){3}/, PATIENCE_MS);

  await repository.release(next);
  const absences: Absence[] = [];
  const updated = machines.map(async (updating, index) => {
    const name = NODES[index]?.name ?? '';
    const restarted = updating.machine.running.waitForEvent('RESET');
    await updating.machine.ssh('sudo systemctl start --no-block basalt-update.service');
    await restarted;
    const absence: Absence = { name, fromMs: now() };
    absences.push(absence);
    await updating.isMarkedGood(next);
    absence.toMs = now();
    await updating.isGood(next);
    await updating.machine.waitFor(
      'sudo ls /var/lib/basalt/update',
      /^(?![\s\S]*reboot-lock\.json)[\s\S]*state\.json/,
    );
  });
  await Promise.all(updated);
  if (process.env.BASALT_BOOT_LOGS)
    await writeFile(
      join(process.env.BASALT_BOOT_LOGS, 'update-cluster.json'),
      JSON.stringify(absences, undefined, 2),
    );
  expect(absences.length).toBe(3);
  const ordered = absences.toSorted((left, right) => left.fromMs - right.fromMs);
  for (const [index, { name, fromMs }] of ordered.entries()) {
    const before = ordered[index - 1];
    expect(fromMs, `${name} went down while ${before?.name} was not back`).toBeGreaterThan(before?.toMs ?? 0);
  }
  await machines[0]?.machine.waitFor(healthy, /(is healthy[\s\S]*){3}/, PATIENCE_MS);
});
