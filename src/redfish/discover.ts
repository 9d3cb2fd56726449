/** What a machine is: its BMC, its system, its network ports, its drives and what it can boot from. */
import type { Bmc } from './bmc.ts';
import { idracGeneration } from './idrac.ts';
import { linkOf, numberOf, textOf, textsOf } from './json.ts';
import type { VirtualDrive } from './media.ts';
import { readStatus } from './progress.ts';

export interface NetworkPort {
  readonly id: string;
  /** Lower case with colons. */
  readonly mac: string;
  readonly link: string | undefined;
  readonly speedMbps: number | undefined;
}

export interface Discovery {
  /** As it was asked for. */
  readonly address: string;
  readonly redfishVersion: string;
  readonly bmc: {
    readonly model: string | undefined;
    readonly firmware: string | undefined;
    /** 8, 9 or 10 for Dell's. */
    readonly idrac: number | undefined;
  };
  readonly system: {
    readonly id: string | undefined;
    readonly vendor: string | undefined;
    readonly model: string | undefined;
    /** Dell's service tag, which is the SKU; the serial number elsewhere. */
    readonly serviceTag: string | undefined;
    readonly serial: string | undefined;
    readonly uuid: string | undefined;
    readonly firmware: string | undefined;
    readonly hostName: string | undefined;
  };
  readonly power: string;
  readonly health: string | undefined;
  readonly boot: {
    /** BootSourceOverrideTarget's allowed values; empty when the BMC does not say. */
    readonly targets: readonly string[];
    readonly mode: string | undefined;
    readonly override: string | undefined;
    readonly awaitsCd: boolean | undefined;
  };
  readonly ports: readonly NetworkPort[];
  readonly drives: readonly VirtualDrive[];
}

export async function discover(bmc: Bmc): Promise<Discovery> {
  const { client, system, managers } = bmc;
  const { body } = system;
  const manager = managers[0]?.body ?? {};
  const { power, health, override, awaitsCd, drives } = await readStatus(bmc);
  const idrac = idracGeneration(bmc);
  const serial = textOf(body, 'SerialNumber');
  return {
    address: client.shown,
    redfishVersion: textOf(client.root, 'RedfishVersion') ?? '',
    bmc: { model: textOf(manager, 'Model'), firmware: textOf(manager, 'FirmwareVersion'), idrac },
    system: {
      id: textOf(body, 'Id'),
      vendor: textOf(body, 'Manufacturer'),
      model: textOf(body, 'Model'),
      serviceTag: idrac === undefined ? serial : (textOf(body, 'SKU') ?? serial),
      serial,
      uuid: textOf(body, 'UUID')?.toLowerCase(),
      firmware: textOf(body, 'BiosVersion'),
      hostName: textOf(body, 'HostName'),
    },
    power,
    health,
    boot: {
      targets: textsOf(body, 'Boot', 'BootSourceOverrideTarget@Redfish.AllowableValues'),
      mode: textOf(body, 'Boot', 'BootSourceOverrideMode'),
      override,
      awaitsCd,
    },
    ports: await portsOf(bmc),
    drives,
  };
}

async function portsOf({ client, system }: Bmc): Promise<readonly NetworkPort[]> {
  const collection = linkOf(system.body, 'EthernetInterfaces');
  if (collection === undefined) return [];
  return (await client.members(collection)).flatMap(({ path, body }) => {
    // The permanent one is what DHCP sees of a machine without an operating system.
    const mac = textOf(body, 'PermanentMACAddress') ?? textOf(body, 'MACAddress');
    if (mac === undefined) return [];
    return [
      {
        id: textOf(body, 'Id') ?? path,
        mac: mac.toLowerCase().replaceAll('-', ':'),
        link: textOf(body, 'LinkStatus'),
        speedMbps: numberOf(body, 'SpeedMbps'),
      },
    ];
  });
}
