/**
 * What Dell's iDRAC 8, 9 and 10 do differently, in one place. Nothing here was tried on a real iDRAC: each fact names
 * where it is from. docs/redfish.md has the same as a table.
 */
import { UserError } from '../errors.ts';
import type { Bmc } from './bmc.ts';
import type { Resource } from './client.ts';
import { BmcRefusal } from './failure.ts';
import { type Json, linkOf, listOf, objectOf, textOf } from './json.ts';
import { pause } from './pace.ts';

/** The generations by their number: 8 is in PowerEdge 13G, 9 in 14G to 16G, 10 in 17G. */
export type IdracGeneration = 8 | 9 | 10;

/**
 * Which iDRAC this is. `Manager.Model` is the generation of the server, such as `14G Monolithic`; `Manufacturer` is missing
 * in old versions, so the service's vendor and OEM parts count as well.
 * @returns Undefined for other vendors.
 */
export function idracGeneration({ client, system, managers }: Bmc): IdracGeneration | undefined {
  const isDell =
    objectOf(client.root, 'Oem', 'Dell') !== undefined ||
    /^dell\b/i.test(textOf(client.root, 'Vendor') ?? textOf(system.body, 'Manufacturer') ?? '');
  const model = managers.map(({ body }) => /^(\d\d)G\b/.exec(textOf(body, 'Model') ?? '')?.[1]).find(Boolean);
  if (!isDell) return undefined;
  if (model === undefined) return 9;
  return Number(model) <= 13 ? 8 : Number(model) <= 16 ? 9 : 10;
}

/** `Cd` means a physical drive on iDRAC; this is its name for the virtual one (dell/iDRAC-Redfish-Scripting issue 90). */
const VIRTUAL_CD = 'VCD-DVD';

/**
 * One boot from the virtual CD. The standard way does not lead there on any iDRAC: `Cd` is a physical drive (dell/
 * iDRAC-Redfish-Scripting issue 90, dell/dellemc-openmanage-ansible-modules issue 693). iDRAC 9 and 10 have the attributes
 * of the BMC as a resource; iDRAC 8 needs them in a configuration profile that is imported (openstack/sushy-oem-idrac,
 * resources/manager).
 * @returns Whether anything had to be changed.
 */
export async function bootOnceFromVirtualCd(bmc: Bmc): Promise<boolean> {
  const attributes = await findAttributes(bmc);
  if (attributes !== undefined) {
    const { BootOnce, FirstBootDevice } = bootAttributes(attributes);
    if (BootOnce === 'Enabled' && FirstBootDevice === VIRTUAL_CD) return false;
    await bmc.client.patch(
      attributes,
      { Attributes: { 'ServerBoot.1.BootOnce': 'Enabled', 'ServerBoot.1.FirstBootDevice': VIRTUAL_CD } },
      'one boot from the virtual CD',
    );
    const now = bootAttributes(await bmc.client.get(attributes.path));
    if (now.BootOnce === 'Enabled' && now.FirstBootDevice === VIRTUAL_CD) return true;
    throw new UserError('bmc-boot-not-set', 'iDRAC did not take over the boot from the virtual CD', {
      where: bmc.client.urlOf(attributes.path),
      seen: `ServerBoot.1.BootOnce ${now.BootOnce}, ServerBoot.1.FirstBootDevice ${now.FirstBootDevice}`,
      needed: `Enabled and ${VIRTUAL_CD}`,
      next: ['look for a pending configuration job on iDRAC, and run this again'],
    });
  }
  await importProfile(bmc);
  return true;
}

/** Whether one boot from the virtual CD is asked for still; undefined when this iDRAC does not say (iDRAC 8). */
export async function awaitsVirtualCd(bmc: Bmc): Promise<boolean | undefined> {
  const attributes = await findAttributes(bmc);
  if (attributes === undefined) return undefined;
  const { BootOnce, FirstBootDevice } = bootAttributes(attributes);
  return BootOnce === 'Enabled' && FirstBootDevice === VIRTUAL_CD;
}

/**
 * Makes virtual media visible to the machine: with `VirtualMedia.1.Attached` at `Detached` a medium is inserted with
 * success, and the machine has no drive (dell/iDRAC-Redfish-Scripting issue 236).
 */
export async function attachVirtualMedia(bmc: Bmc): Promise<void> {
  const attributes = await findAttributes(bmc);
  if (
    attributes === undefined ||
    textOf(attributes.body, 'Attributes', 'VirtualMedia.1.Attached') !== 'Detached'
  )
    return;
  bmc.client.say('virtual media are detached from the machine: attaching them when needed');
  await bmc.client.patch(
    attributes,
    { Attributes: { 'VirtualMedia.1.Attached': 'AutoAttach' } },
    'virtual media that the machine sees',
  );
}

/**
 * Where UEFI HTTP boot gets its image from: iDRAC has no `Boot.HttpBootUri`, but settings of the firmware, which a job
 * applies at the next start (dsx-ai-factory/libredfish pull 75). The address can be written only once the device is on
 * (dell/iDRAC-Redfish-Scripting issue 306), which is done in one go here.
 * @returns Whether anything had to be changed.
 */
export async function setHttpBootUri({ client, system }: Bmc, uri: string): Promise<boolean> {
  const reference = linkOf(system.body, 'Bios');
  if (reference === undefined) throw noHttpBoot(client.urlOf(system.path));
  const bios = await client.get(reference);
  const values = objectOf(bios.body, 'Attributes') ?? {};
  if (!('HttpDev1EnDis' in values)) throw noHttpBoot(client.urlOf(bios.path));
  if (values.HttpDev1EnDis === 'Enabled' && values.HttpDev1Uri === uri) return false;
  const settings = linkOf(bios.body, '@Redfish.Settings', 'SettingsObject');
  if (settings === undefined) throw noHttpBoot(client.urlOf(bios.path));
  const wanted = { HttpDev1EnDis: 'Enabled', HttpDev1Uri: uri };
  const pending = await client.get(settings);
  if (textOf(pending.body, 'Attributes', 'HttpDev1Uri') === uri) return false;
  await client.patch(
    pending,
    { '@Redfish.SettingsApplyTime': { ApplyTime: 'OnReset' }, Attributes: wanted },
    'the address of HTTP boot',
  );
  client.say('the address of HTTP boot is a setting of the firmware, and stays until it is changed');
  return true;
}

/** What to do when a virtual medium hangs: what helps on iDRAC is a restart of iDRAC itself, which leaves the server alone. */
export const HANGING_MEDIA_STEPS = [
  'close consoles with virtual media that others have open',
  'restart iDRAC (racadm racreset, or its web page; the server keeps running), wait five minutes, and run this again',
] as const;

/**
 * Keys of messages that say that an image cannot be fetched, so that waiting for it is no use: iDRAC's RAC0904
 * (dell/iDRAC-Redfish-Scripting issue 265), and the standard's in the Base registry (DSP8011).
 */
export const IMAGE_UNREACHABLE = [
  'RAC0904',
  'CouldNotEstablishConnection',
  'SourceDoesNotSupportProtocol',
  'ResourceAtUriUnauthorized',
  'ResourceAtUriInUnknownFormat',
] as const;

function bootAttributes({ body }: Pick<Resource, 'body'>): { BootOnce: string; FirstBootDevice: string } {
  const of = (name: string) => textOf(body, 'Attributes', `ServerBoot.1.${name}`) ?? 'missing';
  return { BootOnce: of('BootOnce'), FirstBootDevice: of('FirstBootDevice') };
}

/**
 * iDRAC's own attributes: linked from the manager in newer versions, a fixed place below it in older ones of iDRAC 9
 * (dell/iDRAC-Redfish-Scripting issue 90, where it is said not to work on iDRAC 8).
 */
async function findAttributes(bmc: Bmc): Promise<Resource | undefined> {
  if (idracGeneration(bmc) === 8) return undefined;
  for (const { path, body } of bmc.managers) {
    const linked = listOf(body, 'Links', 'Oem', 'Dell', 'DellAttributes').flatMap(
      (each) => linkOf(each) ?? [],
    );
    // There is one for iDRAC, one for the system and one for the Lifecycle Controller.
    const own = linked.filter((each) => each.includes('/iDRAC.'));
    for (const place of [...own, ...(own.length === 0 ? [`${path.replace(/\/$/, '')}/Attributes`] : [])]) {
      const found = await bmc.client.get(place).catch((error: unknown) => {
        if (error instanceof BmcRefusal && [404, 405].includes(error.status)) return undefined;
        throw error;
      });
      if (textOf(found?.body ?? {}, 'Attributes', 'ServerBoot.1.FirstBootDevice') !== undefined) return found;
    }
  }
  return undefined;
}

/**
 * A configuration profile with just the boot device. White space that means nothing makes the job fail (openstack/
 * sushy-oem-idrac, resources/manager), and while another job runs or waits iDRAC refuses (the same).
 */
async function importProfile(bmc: Bmc): Promise<void> {
  const { client, managers } = bmc;
  for (const { body } of managers) {
    const actions = Object.entries(objectOf(body, 'Actions', 'Oem') ?? {});
    const [, action] = actions.find(([name]) => name.endsWith('#OemManager.ImportSystemConfiguration')) ?? [];
    const target = textOf((action ?? {}) as Json, 'target');
    if (target === undefined) continue;
    const profile = profileOf(textOf(body, 'Id') ?? 'iDRAC.Embedded.1');
    const request = { ShareParameters: { Target: 'ALL' }, ImportBuffer: profile };
    for (let attempt = 1; ; attempt++) {
      try {
        await client.act(target, request, 'one boot from the virtual CD');
        return;
      } catch (error) {
        // LC068 and SYS428-like messages differ by version; what they have in common is a job that is in the way.
        const busy = error instanceof BmcRefusal && /\bjob\b/i.test(error.seen ?? '') && error.status < 500;
        if (!busy || attempt >= client.pace.attempts) throw error;
        client.say('another configuration job runs on iDRAC: waiting for it', 'detail');
        await pause(5 * client.pace.pollMs, client.signal);
      }
    }
  }
  throw new UserError('bmc-boot-unsupported', 'this iDRAC has no way to boot from the virtual CD once', {
    where: client.urlOf(bmc.system.path),
    seen: 'neither the attributes ServerBoot.1 nor the action ImportSystemConfiguration',
    next: ['give the user the role of an administrator, and check the licence of iDRAC'],
  });
}

/** The profile's one line. `component` is the Id of the manager. */
export function profileOf(component: string): string {
  const attribute = (name: string, value: string) =>
    `<Attribute Name="ServerBoot.1#${name}">${value}</Attribute>`;
  return `<SystemConfiguration><Component FQDD="${component.replace(/[^\w.-]/g, '')}">${attribute('BootOnce', 'Enabled')}${attribute('FirstBootDevice', VIRTUAL_CD)}</Component></SystemConfiguration>`;
}

function noHttpBoot(where: string): UserError {
  return new UserError('bmc-boot-unsupported', 'this iDRAC cannot be told an address for HTTP boot', {
    where,
    seen: 'no HttpDev1EnDis among the settings of the firmware that can be changed',
    next: ['boot in UEFI mode, or let DHCP give the address and leave --uri out'],
  });
}
