/** What lsblk(8) and sysfs say of a disk itself: model, serial, WWN, bus. */
import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DiskBus } from '../disk.ts';
import type { Programs } from '../programs.ts';

export interface DiskColumns {
  readonly model: string | undefined;
  readonly serial: string | undefined;
  readonly wwn: string | undefined;
  readonly bus: DiskBus;
  readonly rotational: boolean;
  readonly readOnly: boolean;
}

const text = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || undefined);

const lsblkSchema = z.object({
  blockdevices: z.array(z.object({ name: z.string(), tran: text, model: text, serial: text, wwn: text })),
});

type LsblkDevice = z.infer<typeof lsblkSchema>['blockdevices'][number];

/** Not offered: memory, loops, optical and floppy drives; what is built on disks; boot areas of eMMC, which are no disks. */
const NOT_DISKS = /^(loop|ram|zram|sr|fd|dm-|md|nbd|mtdblock)|^mmcblk\d+(boot\d+|rpmb|gp\d+)$/;

/** Kernel names of the disks, sorted. Hidden ones (a path of an NVMe disk) and drives without a medium are left out. */
export async function diskNames(sysfs = '/sys'): Promise<readonly string[]> {
  const names = (await readdir(`${sysfs}/block`).catch(() => [])).filter((name) => !NOT_DISKS.test(name));
  const present = await Promise.all(
    names.map(
      async (name) =>
        Number(await attribute(sysfs, name, 'size')) > 0 && (await attribute(sysfs, name, 'hidden')) !== '1',
    ),
  );
  return names
    .filter((_, index) => present[index])
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** Asks lsblk(8) about all of them at once: udev knows serials that sysfs has not. @returns By kernel name. */
export async function lsblk(
  programs: Programs,
  devices: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, LsblkDevice>> {
  if (devices.length === 0) return new Map();
  const { stdout } = await programs(
    ['lsblk', '--json', '--bytes', '--nodeps', '--output=NAME,TRAN,MODEL,SERIAL,WWN', ...devices],
    { signal },
  );
  return new Map(parseLsblk(stdout).map((device) => [device.name, device]));
}

/** Pure. Texts without content are undefined. */
export function parseLsblk(json: string): readonly LsblkDevice[] {
  return lsblkSchema.parse(JSON.parse(json)).blockdevices;
}

/** Puts together what both say. @param told lsblk's; undefined when it said nothing. */
export async function columnsOf(
  name: string,
  told: LsblkDevice | undefined,
  sysfs = '/sys',
): Promise<DiskColumns> {
  const [model, serial, ownSerial, wwid, ownWwid, rotational, readOnly] = await Promise.all(
    ['device/model', 'device/serial', 'serial', 'device/wwid', 'wwid', 'queue/rotational', 'ro'].map((path) =>
      attribute(sysfs, name, path),
    ),
  );
  return {
    model: told?.model ?? model,
    serial: told?.serial ?? serial ?? ownSerial,
    wwn: told?.wwn ?? wwnOf(wwid ?? ownWwid),
    bus: busOf(name, told?.tran),
    rotational: rotational === '1',
    readOnly: readOnly === '1',
  };
}

/** Pure. `TRAN` is not known of every driver: RAID controllers are `scsi`. */
export function busOf(name: string, tran: string | undefined): DiskBus {
  switch (tran) {
    case 'nvme':
    case 'sata':
    case 'sas':
    case 'usb':
    case 'virtio':
      return tran;
    case 'ata':
      return 'sata';
    case 'mmc':
      return 'mmc';
  }
  if (name.startsWith('nvme')) return 'nvme';
  if (name.startsWith('vd')) return 'virtio';
  if (name.startsWith('mmcblk')) return 'mmc';
  return name.startsWith('sd') ? 'scsi' : 'other';
}

/** sysfs has `naa.5000c500a0b1c2d3` where udev has `0x5000c500a0b1c2d3`; vendors' texts (`t10.…`) are no WWN. */
function wwnOf(wwid: string | undefined): string | undefined {
  if (wwid?.startsWith('naa.')) return `0x${wwid.slice(4)}`;
  return wwid?.startsWith('eui.') ? wwid : undefined;
}

async function attribute(sysfs: string, name: string, path: string): Promise<string | undefined> {
  const value = await readFile(`${sysfs}/block/${name}/${path}`, 'utf8').catch(() => undefined);
  return value?.trim() || undefined;
}
