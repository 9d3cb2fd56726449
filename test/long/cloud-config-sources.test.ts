/**
 * The rarer sources on a real machine, over boots of one disk whose ESP has a configuration all the time: a config drive and
 * NoCloud's address come before it, it counts when they are gone, and a server that fails leaves it in force.
 */
import { constants, copyFile, mkdtemp, open, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPartitionTable } from '../../src/disk/gpt.ts';
import type { Accelerator, Disk, MachineSpec } from '../../src/machine/spec.ts';
import { defaultStoreDirectory } from '../../src/store/store.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { accelerator } from '../support/accelerator.ts';
import { bootAndCheck } from '../support/boot.ts';
import { basaltOk, projectHome } from '../support/builder.ts';
import type { GuestCheck } from '../support/guest-check.ts';
import { testImage } from '../support/image.ts';
import { isoImage } from '../support/iso-image.ts';
import { cameFrom, marked, named } from '../support/marked-configuration.ts';
import { type RudeServer, rude, startRudeServer } from '../support/rude-server.ts';
import { testToolbox } from '../support/toolbox.ts';

let toolbox: Toolbox;
let folder: string;
let how: Accelerator;
let disk: Disk;
let server: RudeServer;
/** The server's address as the machine sees it. */
let address: string;

beforeAll(async () => {
  const image = await testImage();
  toolbox = await testToolbox();
  folder = await mkdtemp(join(tmpdir(), 'basalt-sources-long-'));
  how = await accelerator(toolbox, image);
  const path = join(folder, 'disk.raw');
  await copyFile(image.path('raw'), path, constants.COPYFILE_FICLONE);
  await writeToEsp(path, marked('esp'));
  await truncate(path, 4 * GIB);
  disk = { path, format: 'raw' };
  server = await startRudeServer({
    '/seed/user-data': rude.body(marked('seed')),
    '/seed/meta-data': rude.body('local-hostname: seeded\n'),
  });
  address = server.address.replace('127.0.0.1', '10.0.2.2');
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** As docs/sources/esp.md has it. */
async function writeToEsp(path: string, text: string): Promise<void> {
  const { size } = await stat(path);
  const handle = await open(path);
  try {
    const { partitions } = await readPartitionTable(
      async (position, length) => (await handle.read(Buffer.alloc(length), 0, length, position)).buffer,
      { name: path, sizeBytes: size },
    );
    const [esp] = partitions;
    await writeFile(join(folder, 'config.yaml'), text);
    const image = `/disk/${basename(path)}@@${esp?.firstByte}`;
    const binds = [{ source: folder, target: '/disk', writable: true }];
    await toolbox.run(['mmd', '-i', image, '::/basalt'], { binds });
    await toolbox.run(['mcopy', '-i', image, '/disk/config.yaml', '::/basalt/cloud-config.yaml'], { binds });
  } finally {
    await handle.close();
  }
}

const boot = (
  { oemStrings = [], ...machine }: Partial<MachineSpec>,
  disks: readonly Disk[],
  checks: readonly GuestCheck[],
) => bootAndCheck({ toolbox, accelerator: how, disks: [disk, ...disks], oemStrings, machine, checks });

test('a config drive comes before the ESP', async () => {
  const path = join(folder, 'drive.iso');
  await writeFile(
    path,
    isoImage('config-2', {
      'openstack/latest/user_data': marked('drive'),
      'openstack/latest/meta_data.json': JSON.stringify({ hostname: 'driven', public_keys: {} }),
    }),
  );
  await boot(
    {},
    [{ path, format: 'raw', bus: 'cdrom', readOnly: true }],
    [...cameFrom('drive ', 'config-drive'), named('driven')],
  );
});

test('NoCloud: the address in the serial number, with what the firmware says put into it', async () => {
  await boot(
    { system: { serial: `ds=nocloud;s=${address}/__dmi.system-product-name__/`, product: 'seed' } },
    [],
    [...cameFrom('seed ', 'nocloud'), named('seeded')],
  );
});

test('the ESP counts when nothing comes before it', async () => {
  await boot(
    {},
    [],
    [
      ...cameFrom('esp ', 'esp'),
      {
        name: 'nobody but root reads it',
        script: `if runuser -u core -- cat /boot/basalt/cloud-config.yaml; then exit 1; fi`,
      },
    ],
  );
});

test('the file in the image counts when there is nothing else', async () => {
  await writeFile(join(folder, 'baked-config.yaml'), marked('image'));
  const baked = await imageWith('baked', '/usr/share/basalt/cloud-config.yaml', 'baked-config.yaml', '0600');
  await bootAndCheck({ toolbox, accelerator: how, disks: [baked], checks: cameFrom('image ', 'image') });
});

test('VMware: properties by its tool come before the file in the image', async () => {
  // QEMU does not answer for VMware's host: a stand-in of the tool does. All that asks it is real.
  const properties = {
    userdata: Buffer.from(marked('vmware')).toString('base64'),
    'userdata.encoding': 'base64',
    metadata: 'local-hostname: on-vmware',
    'interface.0.role': 'private',
    'interface.0.ip.0.address': '10.9.8.7/24',
  };
  const cases = Object.entries(properties).map(
    ([key, value]) => `"info-get guestinfo.${key}") echo '${value}';;`,
  );
  await writeFile(
    join(folder, 'rpctool'),
    `#!/bin/sh\ncase $1 in\n${cases.join('\n')}\n*) echo "No value found" >&2; exit 1;;\nesac\n`,
  );
  const tooled = await imageWith('tooled', '/usr/bin/vmware-rpctool', 'rpctool', '0755');
  await bootAndCheck({
    toolbox,
    accelerator: how,
    disks: [tooled],
    machine: { system: { manufacturer: 'VMware, Inc.', product: 'VMware7,1' } },
    checks: [...cameFrom('vmware 10.9.8.7', 'vmware'), named('on-vmware')],
  });
});

/** A disk of the qemu image with one file more, of this test's folder. */
async function imageWith(name: string, path: string, source: string, mode: string): Promise<Disk> {
  const recipe = join(folder, `${name}.yaml`);
  await writeFile(
    recipe,
    `extends: ${join(projectHome, 'images/qemu.yaml')}
description: With one file more
files:
  - path: ${path}
    source: ${source}
    mode: "${mode}"
`,
  );
  const out = join(folder, name);
  await basaltOk(['build', recipe, '--version', '30000401', '--format', 'raw', '--output', out], {
    store: defaultStoreDirectory(),
  });
  const disk = join(folder, `${name}.raw`);
  await copyFile(join(out, `${name}_30000401.raw`), disk, constants.COPYFILE_FICLONE);
  await truncate(disk, 4 * GIB);
  return { path: disk, format: 'raw' };
}

test('a server that has nothing leaves what is in force, and the machine says so', async () => {
  await boot(
    {
      oemStrings: [
        { value: `io.systemd.stub.kernel-cmdline-extra=basalt.config.url=${address}/gone.yaml?key=hunter2` },
      ],
    },
    [],
    [
      { name: 'the configuration stays', script: `[ "$(cat /etc/came-from)" = 'esp ' ]` },
      {
        name: 'status and journal say what is wrong, without the query',
        script: `basalt-agent status > /run/status || true
                 journalctl -b -u basalt-agent > /run/journal
                 for file in /run/status /run/journal; do
                   grep -q '/gone.yaml?….*404' $file || { cat $file; exit 1; }
                   if grep hunter2 $file; then exit 1; fi
                 done`,
      },
    ],
  );
  expect(server.requests.filter((path) => path.startsWith('/gone.yaml'))).toHaveLength(1);
});
