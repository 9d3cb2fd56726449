/**
 * NoCloud's line in the kernel argument `ds=` or in the SMBIOS serial number of the system:
 * `ds=nocloud;s=http://10.0.0.1/;h=name` (cloud-init's documentation, "NoCloud").
 */
import type { Host } from '../host.ts';
import { kernelArgument } from './command-line.ts';
import { dmi } from './dmi.ts';

export interface Seed {
  /** Where it was given, for errors. */
  readonly given: string;
  /** Address of the folder with user-data and meta-data, variables not yet expanded. */
  readonly from: string | undefined;
  readonly hostname: string | undefined;
}

/** @returns Undefined when neither speaks of NoCloud, or when they name neither an address nor a hostname. */
export function findSeed(host: Host): Seed | undefined {
  const argument = kernelArgument(host, 'ds');
  return (
    parseSeed('the kernel argument ds=', argument === undefined ? '' : `ds=${argument}`) ??
    parseSeed('the SMBIOS serial number', dmi(host, 'product_serial'))
  );
}

/** Pure. Keys have a short and a long form; unknown ones are passed over, as cloud-init does. */
export function parseSeed(given: string, line: string): Seed | undefined {
  const [source, ...settings] = line.trim().split(';');
  if (source !== 'ds=nocloud' && source !== 'ds=nocloud-net') return undefined;
  const values = new Map<string, string>();
  for (const setting of settings) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
    values.set(key.trim(), value.trim());
  }
  const from = values.get('s') || values.get('seedfrom') || undefined;
  const hostname = values.get('h') || values.get('local-hostname') || undefined;
  return from === undefined && hostname === undefined ? undefined : { given, from, hostname };
}

/** cloud-init's names to those of /sys/class/dmi/id. */
const variables: Readonly<Record<string, string>> = {
  'baseboard-asset-tag': 'board_asset_tag',
  'baseboard-manufacturer': 'board_vendor',
  'baseboard-version': 'board_version',
  'bios-release-date': 'bios_date',
  'bios-vendor': 'bios_vendor',
  'bios-version': 'bios_version',
  'chassis-asset-tag': 'chassis_asset_tag',
  'chassis-manufacturer': 'chassis_vendor',
  'chassis-serial-number': 'chassis_serial',
  'chassis-version': 'chassis_version',
  'system-manufacturer': 'sys_vendor',
  'system-product-name': 'product_name',
  'system-serial-number': 'product_serial',
  'system-uuid': 'product_uuid',
  'system-version': 'product_version',
};

/** Puts what the firmware says for `__dmi.chassis-serial-number__` and its like, so that one address serves many machines. */
export function expandSeed(host: Host, from: string): string {
  return from.replace(/__dmi\.([a-z-]+)__/g, (text, name: string) => {
    const field = variables[name];
    return field === undefined ? text : encodeURIComponent(dmi(host, field));
  });
}
