import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../src/errors.ts';
import type { InstallDisk } from '../../../../src/install/disk.ts';
import { chooseDisk, parseSelector } from '../../../../src/install/disks/select.ts';
import { GIB } from '../../../../src/units.ts';

function disk(name: string, other: Partial<InstallDisk> = {}): InstallDisk {
  return {
    name,
    path: `/dev/${name}`,
    model: undefined,
    serial: undefined,
    wwn: undefined,
    bus: 'nvme',
    rotational: false,
    sizeBytes: 480 * GIB,
    sectorBytes: 512,
    contents: { table: undefined, partitions: [], signatures: [], basalt: undefined },
    refusal: undefined,
    passedOver: false,
    ...other,
  };
}

function choose(disks: readonly InstallDisk[], selector: string, device?: string): string {
  try {
    return chooseDisk(disks, parseSelector(selector), device).name;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${error.code}\n${error.seen}`;
  }
}

describe('a selector', () => {
  test.each([
    ['serial:PHLN210500AB1P9X', { kind: 'serial', value: 'PHLN210500AB1P9X' }],
    ['wwn:0x5000c500a0b1c2d3', { kind: 'wwn', value: '0x5000c500a0b1c2d3' }],
    ['path:/dev/disk/by-path/pci-0', { kind: 'path', value: '/dev/disk/by-path/pci-0' }],
    ['/dev/sda', { kind: 'path', value: '/dev/sda' }],
    ['smallest-nvme', { kind: 'smallest-nvme' }],
    ['smallest-any', { kind: 'smallest-any' }],
  ])('%s is read', (text, selector) => expect(parseSelector(text)).toEqual(selector));

  test.each(['', 'sda', 'serial:', 'serial: ', 'path:sda', 'smallest', 'smallest-sata', 'uuid:1'])(
    '"%s" names no disk',
    (text) => expect(() => parseSelector(text)).toThrow(/names no disk/),
  );
});

describe('a disk is chosen', () => {
  test('by its serial, whatever the case', () => {
    const disks = [disk('nvme0n1', { serial: 'AAA1' }), disk('nvme1n1', { serial: 'BBB2' })];
    expect(choose(disks, 'serial:bbb2')).toBe('nvme1n1');
  });

  test.each(['0x5000c500a0b1c2d3', '5000c500a0b1c2d3', '50:00:c5:00:a0:b1:c2:d3', 'naa.5000C500A0B1C2D3'])(
    'by its WWN written as %s',
    (wwn) => {
      const disks = [disk('sda', { wwn: '0x5000c500a0b1c2d3' }), disk('sdb')];
      expect(choose(disks, `wwn:${wwn}`)).toBe('sda');
    },
  );

  test('by what a path leads to', () => {
    expect(choose([disk('sda'), disk('sdb')], 'path:/dev/disk/by-id/x', '/dev/sdb')).toBe('sdb');
  });

  test('as the smallest, passing over the medium and what is too small', () => {
    const disks = [
      disk('nvme0n1', { sizeBytes: 8 * GIB, refusal: 'too small', passedOver: true }),
      disk('nvme1n1', { sizeBytes: 960 * GIB }),
      disk('nvme2n1', { sizeBytes: 480 * GIB }),
      disk('sda', { sizeBytes: 64 * GIB, bus: 'sata' }),
      disk('sdb', { sizeBytes: 32 * GIB, bus: 'usb' }),
    ];
    expect(choose(disks, 'smallest-nvme')).toBe('nvme2n1');
    expect(choose(disks, 'smallest-any')).toBe('sda');
  });
});

describe('no disk is chosen', () => {
  test('when two have the same size, and both are named', () => {
    const disks = [disk('nvme0n1'), disk('nvme1n1'), disk('nvme2n1', { sizeBytes: 960 * GIB })];
    expect(choose(disks, 'smallest-nvme')).toBe(
      'disk-ambiguous\nnvme0n1, 480 GiB: matches\nnvme1n1, 480 GiB: matches\nnvme2n1, 960 GiB: larger',
    );
  });

  test('when the smallest is in use: the next larger one may hold data', () => {
    const disks = [
      disk('nvme0n1', { refusal: 'nvme0n1p2 is held by the RAID md127' }),
      disk('nvme1n1', { sizeBytes: 4096 * GIB }),
    ];
    expect(choose(disks, 'smallest-nvme')).toBe(
      'disk-refused\nnvme0n1, 480 GiB: nvme0n1p2 is held by the RAID md127\nnvme1n1, 4 TiB: larger',
    );
  });

  test('when the one that is named cannot be used', () => {
    const disks = [disk('sda', { serial: 'A', refusal: 'it is read-only' }), disk('sdb')];
    expect(choose(disks, 'serial:A')).toBe(
      'disk-refused\nsda, 480 GiB: it is read-only\nsdb, 480 GiB: serial unknown',
    );
  });

  test('when two have the serial of a controller', () => {
    const disks = [disk('sda', { serial: 'A' }), disk('sdb', { serial: 'A' })];
    expect(choose(disks, 'serial:A')).toMatch(/^disk-ambiguous/);
  });

  test('when none is there', () => {
    expect(choose([], 'smallest-any')).toBe('disk-not-found\nno disks at all');
    expect(choose([disk('sda', { bus: 'sas' })], 'smallest-nvme')).toBe(
      'disk-not-found\nsda, 480 GiB: no NVMe disk (sas)',
    );
  });
});
