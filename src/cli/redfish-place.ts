/** Which BMC, and how to get in: what the commands of `redfish` have in common. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { messageOf, UserError } from '../errors.ts';
import { parseAddress } from '../redfish/address.ts';
import { type Bmc, openBmc } from '../redfish/bmc.ts';
import { RedfishClient } from '../redfish/client.ts';
import { readCredentials } from '../redfish/credentials.ts';
import { readPin } from '../redfish/pins.ts';
import { parseFingerprint, type Trust } from '../redfish/trust.ts';
import { invalidOption, numberOf } from './release-context.ts';
import type { CommonOptions, Session } from './session.ts';

export interface BmcOptions extends CommonOptions {
  readonly user: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly fingerprint?: string;
  readonly pins?: string;
  readonly system?: string;
}

/** The longest limit that is accepted: a day. */
const MOST_SECONDS = 86_400;

/** Adds the options that say how to get in. */
export function withBmcOptions(command: Command): Command {
  return command
    .option('--user <name>', 'user of the BMC', 'root')
    .option('--password-file <file>', 'its password, in a file of mode 600 (default: $BASALT_BMC_PASSWORD)')
    .option('--ca <file>', 'authorities that sign certificates of BMCs, PEM')
    .option('--fingerprint <sha256>', 'pin the certificate of the BMC')
    .option('--pins <file>', 'pinned certificates of many: lines of an address and a fingerprint')
    .option('--system <id>', 'the machine, when the BMC has several');
}

/** Logs in to a BMC, works, and logs out whatever happens. */
export async function atBmc<T>(
  session: Session,
  text: string,
  options: BmcOptions,
  work: (bmc: Bmc) => Promise<T>,
): Promise<T> {
  const address = parseAddress(text);
  const credentials = await readCredentials(options.user, options.passwordFile, process.env);
  const ca = options.ca === undefined ? undefined : await readAuthorities(options.ca);
  const fingerprint = fingerprintOf(options) ?? (options.pins && (await readPin(options.pins, address)));
  const trust: Trust = {
    ...(ca === undefined ? {} : { ca }),
    ...(fingerprint === undefined || fingerprint === '' ? {} : { fingerprint }),
  };
  const { reporter, signal } = session;
  return RedfishClient.with(
    {
      address,
      trust,
      credentials,
      signal,
      onMessage: (level, said) =>
        reporter.emit({ type: 'message', level, text: `${address.shown}: ${said}` }),
    },
    async (client) => work(await openBmc(client, options.system)),
  );
}

/** A time limit in seconds, as milliseconds. @throws {UserError} */
export function limitOf(option: string, text: string): number {
  return numberOf(option, text, 1, MOST_SECONDS) * 1000;
}

/** Where it is noted how far installations are. */
export function recordsFolder({ store }: Session): string {
  return join(store.directory, 'redfish');
}

function fingerprintOf({ fingerprint }: BmcOptions): string | undefined {
  if (fingerprint === undefined) return undefined;
  const digits = parseFingerprint(fingerprint);
  if (digits === undefined)
    throw invalidOption(
      '--fingerprint',
      fingerprint,
      'SHA-256, 64 hexadecimal digits, with or without colons',
    );
  return digits;
}

async function readAuthorities(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserError('bmc-ca-unreadable', 'the file with authorities cannot be read', {
      where: path,
      seen: messageOf(cause),
      cause,
    });
  });
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw invalidOption('--ca', path, 'a file with certificates in PEM form');
}
