/** What the machine boots from, once: the override in the schema of ComputerSystem, or iDRAC's own way. */
import { UserError } from '../errors.ts';
import { type Bmc, readSystem } from './bmc.ts';
import type { Resource } from './client.ts';
import { BmcRefusal, leavesOpen } from './failure.ts';
import { awaitsVirtualCd, bootOnceFromVirtualCd, idracGeneration, setHttpBootUri } from './idrac.ts';
import { type Json, linkOf, objectOf, textOf, textsOf } from './json.ts';

export type BootSource = 'cd' | 'pxe' | 'http';

export interface BootChange {
  readonly source: BootSource;
  readonly changed: boolean;
}

/** BootSourceOverrideTarget, by what people call it. */
const targets: Readonly<Record<BootSource, string>> = { cd: 'Cd', pxe: 'Pxe', http: 'UefiHttp' };

/**
 * Sets the next boot, and only that.
 * @param uri Where HTTP boot gets its image from; from DHCP when absent.
 */
export async function setBootOnce(bmc: Bmc, source: BootSource, uri?: string): Promise<BootChange> {
  const isDell = idracGeneration(bmc) !== undefined;
  if (source === 'cd' && isDell) return { source, changed: await bootOnceFromVirtualCd(bmc) };
  const addressed = source === 'http' && uri !== undefined && isDell ? await setHttpBootUri(bmc, uri) : false;
  const overridden = await override(bmc, source, isDell ? undefined : uri);
  return { source, changed: addressed || overridden };
}

/** Whether the next boot is still to come from there; undefined when the BMC does not tell. */
export async function awaitsBoot(bmc: Bmc, source: BootSource): Promise<boolean | undefined> {
  if (source === 'cd' && idracGeneration(bmc) !== undefined) return awaitsVirtualCd(bmc);
  const boot = objectOf((await readSystem(bmc)).body, 'Boot');
  if (boot === undefined || textOf(boot, 'BootSourceOverrideEnabled') === undefined) return undefined;
  return isSet(boot, { BootSourceOverrideTarget: targets[source], BootSourceOverrideEnabled: 'Once' });
}

async function override(bmc: Bmc, source: BootSource, uri: string | undefined): Promise<boolean> {
  const { client } = bmc;
  const target = targets[source];
  const system = await readSystem(bmc);
  const boot = objectOf(system.body, 'Boot') ?? {};
  const allowed = textsOf(boot, 'BootSourceOverrideTarget@Redfish.AllowableValues');
  // iDRAC 10 leaves the list out (dell/iDRAC-Redfish-Scripting issue 324): then the BMC is asked.
  if (allowed.length > 0 && !allowed.includes(target)) {
    throw new UserError('bmc-boot-unsupported', `this machine cannot be told to boot from ${source}`, {
      where: client.urlOf(system.path),
      seen: `it knows ${allowed.join(', ')}`,
      needed: target,
    });
  }
  const wanted = {
    BootSourceOverrideTarget: target,
    BootSourceOverrideEnabled: 'Once',
    ...(uri === undefined ? {} : { HttpBootUri: uri }),
  };
  const mode = textOf(boot, 'BootSourceOverrideMode');
  const withMode = {
    ...wanted,
    ...(mode === undefined || mode === 'UEFI' ? {} : { BootSourceOverrideMode: 'UEFI' }),
  };
  if (isSet(boot, withMode)) return false;
  const failure = await change(bmc, system, withMode);
  const now = objectOf((await readSystem(bmc)).body, 'Boot') ?? {};
  if (isSet(now, wanted) || (await isPending(bmc, system, wanted))) return true;
  if (failure !== undefined) throw failure;
  throw new UserError('bmc-boot-not-set', `the BMC did not take over the boot from ${source}`, {
    where: client.urlOf(system.path),
    seen: Object.keys(wanted)
      .map((key) => `${key} ${textOf(now, key) ?? 'missing'}`)
      .join(', '),
    needed: Object.entries(wanted)
      .map(([key, value]) => `${key} ${value}`)
      .join(', '),
  });
}

/**
 * Sends the change to the system, or to its settings where the system itself is read-only: so on iDRAC 10 (stmcginnis/gofish
 * pull 511). What was refused may be there all the same, so a failure is returned and what is there decides.
 */
async function change(bmc: Bmc, system: Resource, boot: Json): Promise<unknown> {
  const { client } = bmc;
  const what = 'the next boot';
  let refusal: unknown;
  try {
    await client.patch(system, { Boot: boot }, what);
    return undefined;
  } catch (error) {
    if (!leavesOpen(error) && !(error instanceof BmcRefusal && [400, 405].includes(error.status)))
      throw error;
    refusal = error;
  }
  const settings = linkOf(system.body, '@Redfish.Settings', 'SettingsObject');
  if (settings === undefined || leavesOpen(refusal)) return refusal;
  try {
    await client.patch(await client.get(settings), { Boot: boot }, what);
    return undefined;
  } catch (error) {
    if (error instanceof BmcRefusal) return error;
    throw error;
  }
}

async function isPending({ client }: Bmc, system: Resource, wanted: Json): Promise<boolean> {
  const settings = linkOf(system.body, '@Redfish.Settings', 'SettingsObject');
  if (settings === undefined) return false;
  return isSet(objectOf((await client.get(settings)).body, 'Boot') ?? {}, wanted);
}

function isSet(boot: Json, wanted: Json): boolean {
  return Object.entries(wanted).every(([key, value]) => boot[key] === value);
}
