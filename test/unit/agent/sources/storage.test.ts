import { expect, test } from 'vitest';
import { storageIsKnown, waitForStorage } from '../../../../src/agent/sources/storage.ts';
import { FakeHost, type FakeProgram } from '../../../support/fake-host.ts';

/** A machine with one controller, one SCSI disc drive and a disk; the parts can be left out. */
const KNOWN = {
  '/sys/bus/pci/devices/0000:00:00.0/class': '0x060000\n',
  '/sys/bus/pci/devices/0000:00:1f.2/class': '0x010601\n',
  '/sys/bus/pci/devices/0000:00:1f.2/driver/x': '',
  '/sys/bus/scsi/devices/host0/uevent': '',
  '/sys/bus/scsi/devices/0:0:0:0/type': '5\n',
  '/sys/bus/scsi/devices/0:0:0:0/block/sr0/dev': '11:0\n',
  '/sys/bus/scsi/devices/1:0:0:0/type': '13\n',
  '/sys/class/block/sr0/dev': '11:0\n',
  '/run/udev/data/b11:0': 'E:ID_FS_LABEL=x\n',
  '/sys/class/block/vda1/dev': '254:1\n',
  '/run/udev/data/b254:1': '',
  '/sys/class/block/loop0/dev': '7:0\n',
  '/sys/class/block/dm-0/dev': '253:0\n',
} as const;

const without = (...paths: (keyof typeof KNOWN)[]): Record<string, string> =>
  Object.fromEntries(Object.entries(KNOWN).filter(([path]) => !(paths as string[]).includes(path)));
const QUEUE = '/run/udev/queue';

test('a machine whose disks have all shown themselves is not waited for', () => {
  const host = new FakeHost({ files: { ...KNOWN, [QUEUE]: '' } });
  expect(waitForStorage(host, () => false)).toBe(false);
  expect(host.commands).toEqual([]);
  expect(host.sleptMs).toEqual([]);
});

test('a machine without disks knows them all', () => expect(storageIsKnown(new FakeHost())).toBe(true));

test.each<[string, Record<string, string>]>([
  ['a controller without its driver', without('/sys/bus/pci/devices/0000:00:1f.2/driver/x')],
  ['a disc drive without its device', without('/sys/bus/scsi/devices/0:0:0:0/block/sr0/dev')],
  ['a disk that udev has not named', without('/run/udev/data/b254:1')],
])('%s is waited for', (_, files) => {
  expect(storageIsKnown(new FakeHost({ files }))).toBe(false);
});

test('it waits until the disk is there, and no longer', () => {
  class Coming extends FakeHost {
    override sleep(ms: number): void {
      super.sleep(ms);
      if (this.sleptMs.length === 4) this.writeFile('/run/udev/data/b254:1', '');
      if (this.sleptMs.length === 3) this.link('../../vda1', '/dev/disk/by-label/cidata');
    }
  }
  const files = { ...without('/run/udev/data/b254:1'), [QUEUE]: '' };
  const wanted = new Coming({ files });
  expect(waitForStorage(wanted, () => wanted.kind('/dev/disk/by-label/cidata') !== undefined)).toBe(true);
  expect(wanted.sleptMs).toHaveLength(3);
  const other = new Coming({ files });
  expect(waitForStorage(other, () => false)).toBe(false);
  expect(other.sleptMs).toHaveLength(4);
});

test('a controller that never gets a driver costs one question to udev, and ten seconds at most', () => {
  const udevadm: FakeProgram = () => ({});
  const files = without('/sys/bus/pci/devices/0000:00:1f.2/driver/x');
  const idle = new FakeHost({ files, programs: { udevadm } });
  expect(waitForStorage(idle, () => false)).toBe(false);
  expect(idle.commands.map(({ command }) => command)).toEqual([['udevadm', 'settle', '--timeout=10']]);
  const busy = new FakeHost({ files: { ...files, [QUEUE]: '' }, programs: { udevadm } });
  expect(waitForStorage(busy, () => false)).toBe(false);
  expect(busy.passedMs).toBeLessThanOrEqual(10_050);
});

test('what udev has not begun is found by asking udev', () => {
  const host: FakeHost = new FakeHost({
    files: without('/run/udev/data/b254:1'),
    programs: {
      udevadm: () => {
        host.link('../../vda1', '/dev/disk/by-label/cidata');
        return {};
      },
    },
  });
  expect(waitForStorage(host, () => host.kind('/dev/disk/by-label/cidata') !== undefined)).toBe(true);
});
