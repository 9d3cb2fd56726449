/** Reads what the installer tells of this machine: sysfs and procfs only. */
import { readdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { KIB } from '../../units.ts';
import type { Machine } from '../machine.ts';
import { networkCards } from './network-cards.ts';
import { tidySmbios } from './smbios.ts';

/** UEFI 2.10, 3.3: the vendor GUID of the specification's own variables. */
const GLOBAL_VARIABLE = '8be4df61-93ca-11d2-aa0d-00e098032b8c';

/** @param root Folder with `sys` and `proc`; another one in tests. */
export async function readMachine(root = '/'): Promise<Machine> {
  const text = async (path: string) =>
    (await readFile(join(root, path), 'utf8').catch(() => undefined))?.trim() || undefined;
  const smbios = async (name: string) => tidySmbios(await text(`sys/class/dmi/id/${name}`));
  const [cpuinfo = '', meminfo = '', tpm] = await Promise.all([
    text('proc/cpuinfo'),
    text('proc/meminfo'),
    text('sys/class/tpm/tpm0/tpm_version_major'),
  ]);
  const [vendor, model, serial] = await Promise.all(
    ['sys_vendor', 'product_name', 'product_serial'].map(smbios),
  );
  const efi = await readdir(join(root, 'sys/firmware/efi')).catch(() => undefined);
  return {
    firmware: efi === undefined ? 'bios' : 'uefi',
    vendor,
    model,
    serial,
    processor: /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1]?.replace(/\s+/g, ' ') ?? 'unknown',
    processors: cpuinfo.match(/^processor\s*:/gm)?.length ?? 1,
    memoryBytes: Number(/^MemTotal:\s*(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * KIB,
    tpm: tpm === undefined ? undefined : `${tpm}.${tpm === '1' ? '2' : '0'}`,
    secureBoot: await secureBoot(root),
    cards: await networkCards(root, networkInterfaces()),
  };
}

/** A variable's file has four bytes of attributes before its value (efivarfs). */
async function secureBoot(root: string): Promise<Machine['secureBoot']> {
  const value = async (name: string) => {
    const path = join(root, `sys/firmware/efi/efivars/${name}-${GLOBAL_VARIABLE}`);
    return (await readFile(path).catch(() => undefined))?.[4];
  };
  if ((await value('SetupMode')) === 1) return 'setup';
  switch (await value('SecureBoot')) {
    case 0:
      return 'off';
    case 1:
      return 'on';
    default:
      return 'unknown';
  }
}
