import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { busOf, columnsOf, diskNames, parseLsblk } from '../../../../src/install/disks/columns.ts';

let sysfs: string;

beforeEach(async () => {
  sysfs = await mkdtemp(join(tmpdir(), 'basalt-sysfs-'));
});

afterEach(() => rm(sysfs, { recursive: true }));

async function device(name: string, attributes: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const [path, value] of Object.entries({ size: '1000', ...attributes })) {
    const file = join(sysfs, 'block', name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${value}\n`);
  }
}

test('only disks are listed, in the order that people count', async () => {
  for (const name of ['sda', 'sdb', 'nvme10n1', 'nvme2n1', 'vda', 'mmcblk0']) await device(name);
  for (const name of [
    'loop0',
    'ram0',
    'zram0',
    'sr0',
    'fd0',
    'dm-0',
    'md127',
    'nbd0',
    'mmcblk0boot0',
    'mmcblk0rpmb',
  ])
    await device(name);
  await device('sdc', { size: '0' });
  await device('nvme0c0n1', { hidden: '1' });
  expect(await diskNames(sysfs)).toEqual(['mmcblk0', 'nvme2n1', 'nvme10n1', 'sda', 'sdb', 'vda']);
});

test('lsblk is believed, and sysfs fills in', async () => {
  const [told] = parseLsblk(
    '{"blockdevices":[{"name":"sda","tran":"sas","model":"PERC H755 ","serial":null,"wwn":""}]}',
  );
  await device('sda', {
    'device/model': 'other',
    'device/serial': '00ab',
    'device/wwid': 'naa.62cea7f0',
    'queue/rotational': '1',
    ro: '0',
  });
  expect(await columnsOf('sda', told, sysfs)).toEqual({
    model: 'PERC H755',
    serial: '00ab',
    wwn: '0x62cea7f0',
    bus: 'sas',
    rotational: true,
    readOnly: false,
  });
});

test("a vendor's text is no WWN", async () => {
  await device('sda', { 'device/wwid': 't10.ATA QEMU HARDDISK' });
  expect((await columnsOf('sda', undefined, sysfs)).wwn).toBeUndefined();
});

test.each([
  ['sda', 'ata', 'sata'],
  ['sda', undefined, 'scsi'],
  ['sda', 'usb', 'usb'],
  ['nvme0n1', undefined, 'nvme'],
  ['vda', undefined, 'virtio'],
  ['mmcblk0', 'mmc', 'mmc'],
  ['pmem0', undefined, 'other'],
])('%s with transport %s is on %s', (name, tran, bus) => expect(busOf(name, tran)).toBe(bus));
