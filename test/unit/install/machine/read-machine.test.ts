import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readMachine } from '../../../../src/install/machine/read-machine.ts';
import { tidySmbios } from '../../../../src/install/machine/smbios.ts';

const GUID = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'basalt-machine-'));
});

afterEach(() => rm(root, { recursive: true }));

async function put(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

test('a server is described', async () => {
  await put('sys/class/dmi/id/sys_vendor', 'Dell Inc.\n');
  await put('sys/class/dmi/id/product_name', 'PowerEdge R650\n');
  await put('sys/class/dmi/id/product_serial', '7XK2QN3\n');
  await put(
    'proc/cpuinfo',
    'processor\t: 0\nmodel name\t: Xeon(R)  Gold\n\nprocessor\t: 1\nmodel name\t: Xeon\n',
  );
  await put('proc/meminfo', 'MemTotal:       263921664 kB\n');
  await put('sys/class/tpm/tpm0/tpm_version_major', '2\n');
  await put(`sys/firmware/efi/efivars/SecureBoot-${GUID}`, Buffer.from([6, 0, 0, 0, 1]));
  await put('sys/class/net/lo/address', '00:00:00:00:00:00\n');
  await put('sys/class/net/eno1/address', 'b4:45:06:00:00:08\n');
  await put('sys/class/net/eno1/carrier', '1\n');
  await put('sys/class/net/eno1/speed', '25000\n');
  await put('sys/class/net/eno2/address', 'b4:45:06:00:00:09\n');
  await put('sys/class/net/eno2/carrier', '0\n');
  await put('sys/class/net/eno2/speed', '4294967295\n');
  await put('sys/devices/nic/uevent', '');
  await mkdir(join(root, 'sys/drivers/bnxt_en'), { recursive: true });
  await symlink('../../drivers/bnxt_en', join(root, 'sys/devices/nic/driver'));
  for (const name of ['eno1', 'eno2'])
    await symlink('../../../devices/nic', join(root, 'sys/class/net', name, 'device'));
  expect(await readMachine(root)).toEqual({
    firmware: 'uefi',
    vendor: 'Dell Inc.',
    model: 'PowerEdge R650',
    serial: '7XK2QN3',
    processor: 'Xeon(R) Gold',
    processors: 2,
    memoryBytes: 263_921_664 * 1024,
    tpm: '2.0',
    secureBoot: 'on',
    cards: [
      {
        name: 'eno1',
        mac: 'b4:45:06:00:00:08',
        driver: 'bnxt_en',
        link: 'up',
        megabitsPerSecond: 25_000,
        addresses: [],
      },
      {
        name: 'eno2',
        mac: 'b4:45:06:00:00:09',
        driver: 'bnxt_en',
        link: 'down',
        megabitsPerSecond: undefined,
        addresses: [],
      },
    ],
  });
});

test('a machine that says nothing was started by BIOS', async () => {
  expect(await readMachine(root)).toMatchObject({
    firmware: 'bios',
    vendor: undefined,
    tpm: undefined,
    secureBoot: 'unknown',
    cards: [],
  });
});

test('without keys, Secure Boot is in setup', async () => {
  await put(`sys/firmware/efi/efivars/SecureBoot-${GUID}`, Buffer.from([6, 0, 0, 0, 0]));
  expect((await readMachine(root)).secureBoot).toBe('off');
  await put(`sys/firmware/efi/efivars/SetupMode-${GUID}`, Buffer.from([6, 0, 0, 0, 1]));
  expect((await readMachine(root)).secureBoot).toBe('setup');
});

test.each([
  'To Be Filled By O.E.M.',
  'Default string',
  'Not Specified',
  '',
  '   ',
  '0',
  'None',
  '0123456789',
])('the placeholder "%s" is no value', (text) => expect(tidySmbios(text)).toBeUndefined());

test('a value is kept', () => expect(tidySmbios(' PowerEdge  R650 \n')).toBe('PowerEdge R650'));
