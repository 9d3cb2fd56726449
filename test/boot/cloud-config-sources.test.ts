/**
 * Where a real machine gets its configuration: EC2's metadata service, an address on the kernel command line, NoCloud's
 * disks. Boots of one disk, so each also takes over from the one before. The rarer sources are in test/long; fw_cfg is
 * what cloud-config.test.ts uses.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Accelerator, Disk, MachineSpec } from '../../src/machine/spec.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { GIB } from '../../src/units.ts';
import { bootAndCheck } from '../support/boot.ts';
import type { GuestCheck } from '../support/guest-check.ts';
import { type InstalledDisk, installedDisk } from '../support/installed-disk.ts';
import { isoImage } from '../support/iso-image.ts';
import { cameFrom, marked, named } from '../support/marked-configuration.ts';
import { type MetadataService, startMetadataService } from '../support/metadata-service.ts';
import { type RudeServer, rude, startRudeServer } from '../support/rude-server.ts';
import { vfatDisk } from '../support/vfat-disk.ts';

let toolbox: Toolbox;
let folder: string;
let how: Accelerator;
let disk: Disk;
let installed: InstalledDisk;
let service: MetadataService | undefined;
let server: RudeServer | undefined;

beforeAll(async () => {
  installed = await installedDisk('sources', 4 * GIB);
  ({ toolbox, folder, accelerator: how, disk } = installed);
});
afterAll(async () => {
  await Promise.all([service?.close(), server?.close()]);
  await installed?.remove();
});

const boot = (
  { oemStrings = [], ...machine }: Partial<MachineSpec>,
  disks: readonly Disk[],
  checks: readonly GuestCheck[],
) => bootAndCheck({ toolbox, accelerator: how, disks: [disk, ...disks], oemStrings, machine, checks });

test('EC2: IMDSv2 at its own address gives user data, name, keys and addresses', async () => {
  service = await startMetadataService({
    'user-data': gzipSync(marked('ec2')),
    'meta-data/hostname': 'ip-10-0-0-5.ec2.internal',
    'meta-data/local-ipv4': '10.0.0.5',
    'meta-data/public-keys/': '0=mine',
    'meta-data/public-keys/0/openssh-key':
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtleW9maW5zdGFuY2VpLTAwMDAwMDAwMDAwMDA1 mine\n',
  });
  await boot(
    {
      system: { manufacturer: 'Amazon EC2', product: 't3.small' },
      network: {
        subnet: '169.254.0.0/16',
        services: [{ address: '169.254.169.254', port: 80, hostPort: service.port }],
      },
    },
    [],
    [
      ...cameFrom('ec2 10.0.0.5', 'ec2'),
      named('ip-10-0-0-5.ec2.internal'),
      {
        name: 'the key of the instance is a key of core',
        script: `sshd -T -C user=core,host=x,addr=10.0.0.1 | sed -n 's/^authorizedkeysfile //p' | tr ' ' '\\n' | while read -r file; do
                   file=\${file//%u/core}; file=\${file//%h//home/core}; case $file in /*) ;; *) file=/home/core/$file ;; esac
                   cat $file 2>/dev/null || true
                 done | grep -q ' mine$'`,
      },
    ],
  );
  expect(service.requests[0]).toBe('PUT /latest/api/token 200');
  expect(service.requests.filter((line) => line.endsWith(' 401'))).toEqual([]);
});

test('an address on the kernel command line decides, and the name is that of a NoCloud disk', async () => {
  server = await startRudeServer({ '/node.yaml': rude.after(2, 503, rude.body(marked('address'))) });
  const path = join(folder, 'seed.img');
  await vfatDisk(toolbox, path, 'CIDATA', {
    'user-data': marked('not this'),
    'meta-data': 'instance-id: i-1\nlocal-hostname: seeded\n',
  });
  await boot(
    {
      // 10.0.2.2 is the host.
      network: {},
      oemStrings: [
        {
          value: `io.systemd.stub.kernel-cmdline-extra=basalt.config.url=${server.address.replace('127.0.0.1', '10.0.2.2')}/node.yaml`,
        },
      ],
    },
    [{ path, format: 'raw', readOnly: true }],
    [
      ...cameFrom('address ', 'kernel-command-line'),
      named('seeded'),
      {
        name: 'it warns of http',
        script: `journalctl -b -u basalt-agent -p warning | grep -q 'without encryption'`,
      },
    ],
  );
  expect(server.requests).toHaveLength(3);
});

test('NoCloud: a disc gives user data and meta-data', async () => {
  const path = join(folder, 'seed.iso');
  await writeFile(
    path,
    isoImage('cidata', { 'user-data': marked('disc'), 'meta-data': 'local-hostname: from-disc\n' }),
  );
  await boot(
    { network: {} },
    [{ path, format: 'raw', bus: 'cdrom', readOnly: true }],
    [...cameFrom('disc ', 'nocloud'), named('from-disc')],
  );
});
