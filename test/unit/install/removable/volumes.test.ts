import { expect, test } from 'vitest';
import { parseFiles } from '../../../../src/install/removable/files.ts';
import { parseVolumes } from '../../../../src/install/removable/volumes.ts';

const GIB = 1024 ** 3;
const device = (name: string, rest: object) => ({
  name,
  type: 'disk',
  size: 16 * GIB,
  fstype: null,
  label: null,
  rm: false,
  hotplug: false,
  ro: false,
  tran: null,
  partn: null,
  start: null,
  ...rest,
});
const parsed = (devices: object[], medium?: string) =>
  parseVolumes(JSON.stringify({ blockdevices: devices }), { medium, volume: 'BASALT_DELL_1_3_0' });

const stick = device('sdf', {
  tran: 'usb',
  rm: true,
  children: [
    device('sdf1', { type: 'part', partn: 1, start: 2048, size: GIB, fstype: 'vfat', label: 'BACKUP' }),
    device('sdf2', { type: 'part', partn: 2, start: 2_099_200, size: GIB, fstype: 'LVM2_member' }),
    device('sdf3', { type: 'part', partn: 3, start: 4_196_352, size: GIB, fstype: 'ext4' }),
  ],
});

test('partitions of sticks that hold file systems', () => {
  expect(parsed([stick])).toEqual([
    {
      place: { disk: '/dev/sdf', number: 1, firstByte: 2048 * 512, sizeBytes: GIB },
      fileSystem: 'vfat',
      label: 'BACKUP',
      isReadOnly: false,
      title: 'BACKUP, 1 GiB, vfat',
    },
    {
      place: { disk: '/dev/sdf', number: 3, firstByte: 4_196_352 * 512, sizeBytes: GIB },
      fileSystem: 'ext4',
      label: undefined,
      isReadOnly: false,
      title: 'sdf3, 1 GiB, ext4',
    },
  ]);
});

test('a stick without a table, and a disc', () => {
  const found = parsed([
    device('sdg', { tran: 'usb', fstype: 'vfat', label: 'KEYS' }),
    device('sr0', { type: 'rom', fstype: 'iso9660', label: 'CONFIG', ro: true }),
  ]);
  expect(
    found.map(({ place, isReadOnly }) => [place.disk, place.number, place.firstByte, isReadOnly]),
  ).toEqual([
    ['/dev/sdg', 0, 0, false],
    ['/dev/sr0', 0, 0, true],
  ]);
});

test('neither the disks of the machine nor the medium it was started from', () => {
  const internal = { ...stick, name: 'sda', tran: 'sas', rm: false };
  expect(parsed([internal, { ...internal, tran: 'sata', hotplug: true }])).toEqual([]);
  expect(parsed([stick], '/dev/sdf')).toEqual([]);
  expect(
    parsed([
      device('sr0', { type: 'rom', fstype: 'iso9660', label: 'BASALT_DELL_1_3_0' }),
      device('sdh', {
        tran: 'usb',
        fstype: 'iso9660',
        label: 'BASALT_DELL_1_3_0',
        children: [device('sdh2', { type: 'part', partn: 2, fstype: 'vfat', label: 'ESP' })],
      }),
    ]),
  ).toEqual([]);
});

test('files by path, without empty and large ones', () => {
  const text = ['80 keys/b.pub', '12 a name with blanks.txt', '0 empty', '99999999 film', ''].join('\0');
  expect(parseFiles(text)).toEqual([
    { path: 'a name with blanks.txt', sizeBytes: 12 },
    { path: 'keys/b.pub', sizeBytes: 80 },
  ]);
  expect(parseFiles('')).toEqual([]);
});
