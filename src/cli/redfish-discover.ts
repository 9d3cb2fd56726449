/** `basalt redfish discover`: what machines are, as their BMCs know them. */
import type { Command } from 'commander';
import { InterruptedError, messageOf, UserError } from '../errors.ts';
import { type Discovery, discover } from '../redfish/discover.ts';
import { sayDrive } from '../redfish/media.ts';
import { atBmc, type BmcOptions, withBmcOptions } from './redfish-place.ts';
import { inSession, type Session } from './session.ts';
import { type Page, showResult } from './show-result.ts';

/** A machine, or why nothing is known of it. */
type Found =
  | Discovery
  | {
      readonly address: string;
      readonly failure: { code: string; summary: string; seen?: string | undefined };
    };

/** As many BMCs are asked at once. */
const AT_ONCE = 8;

export function addRedfishDiscover(redfish: Command): void {
  withBmcOptions(
    redfish.command('discover <address...>').description('what machines are: BMC, model, MACs, boot sources'),
  )
    .addHelpText(
      'after',
      `
Example:
  ./basalt redfish discover 10.0.0.9 10.0.0.10 --pins rack7.pins --user root \\
    --password-file ~/.bmc-password
`,
    )
    .action((addresses: readonly string[], options: BmcOptions) =>
      inSession(options, (session) => discoverAll(session, addresses, options)),
    );
}

async function discoverAll(
  session: Session,
  addresses: readonly string[],
  options: BmcOptions,
): Promise<void> {
  const queue = [...addresses.entries()];
  const found: Found[] = [];
  const failures: UserError[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, address] = next;
      try {
        found[index] = await atBmc(session, address, options, discover);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failures.push(error);
        found[index] = {
          address,
          failure: { code: error.code, summary: messageOf(error), seen: error.seen },
        };
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (session.signal.aborted) throw new InterruptedError();
  const [first] = failures;
  // Of one machine there is nothing but the failure to tell.
  if (first !== undefined && addresses.length === 1) throw first;
  await showResult(session, 'redfish discover', { machines: found }, ({ machines }, page) =>
    machines.flatMap((machine, index) => [...(index === 0 ? [] : ['']), ...linesOf(machine, page)]),
  );
  if (first === undefined) return;
  throw new UserError('bmc-discover-failed', `${failures.length} of ${addresses.length} BMCs did not tell`, {
    seen: first.seen === undefined ? first.message : `${first.message}: ${first.seen}`,
    ...(first.where === undefined ? {} : { where: first.where }),
    next: first.next,
  });
}

function linesOf(machine: Found, { paint }: Page): readonly string[] {
  if ('failure' in machine)
    return [paint('strong', machine.address), `  ${paint('bad', machine.failure.summary)}`];
  const { bmc, system, boot, ports, drives } = machine;
  const words = (...parts: readonly (string | undefined)[]) => parts.filter(Boolean).join(' ');
  const row = (name: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [`  ${paint('quiet', name.padEnd(12))}${value}`];
  const idrac = bmc.idrac === undefined ? undefined : `iDRAC ${bmc.idrac}`;
  const next = boot.awaitsCd ? 'virtual CD, once' : boot.override;
  return [
    paint('strong', words(machine.address, system.vendor, system.model)),
    ...row('service tag', system.serviceTag),
    ...row('UUID', system.uuid),
    ...row('host name', system.hostName),
    ...row('BMC', words(idrac, bmc.model, bmc.firmware && `firmware ${bmc.firmware}`)),
    ...row('firmware', system.firmware),
    ...row('power', words(machine.power, machine.health && `(health ${machine.health})`)),
    ...row('next boot', next),
    ...row('can boot', words(boot.mode && `${boot.mode}:`, boot.targets.join(', '))),
    ...ports.flatMap(({ id, mac, link }) => row('port', words(mac, id, link))),
    ...drives.flatMap((drive) => row('drive', sayDrive(drive))),
  ];
}
