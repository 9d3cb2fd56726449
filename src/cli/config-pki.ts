/** `basalt config pki`: authorities and certificates of an etcd cluster. */
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { kinds } from '../config-templates/kinds.ts';
import { exitCodes, UserError } from '../errors.ts';
import { type IssuedCertificate, makeEtcdPki, type PkiMember } from '../pki/etcd-pki.ts';
import { repeated } from './build.ts';
import { type CommandResult, type CommonOptions, inSession, type Session } from './session.ts';
import { type Page, showResult } from './show-result.ts';

interface PkiCommandOptions extends CommonOptions {
  readonly output: string;
  readonly name: string;
  readonly member: readonly string[];
  readonly caDays: string;
  readonly days: string;
  readonly renew?: boolean;
}

/** Longer than any machine lives, and before clocks of 32 bits end would be shorter. */
const MOST_DAYS = 36_500;

export function addConfigPki(config: Command): void {
  config
    .command('pki')
    .description('make the certificates of an etcd cluster')
    .requiredOption('--output <dir>', 'folder of the authorities and certificates')
    .requiredOption('--name <name>', 'name of the cluster, for the authorities')
    .addOption(
      repeated('--member <name=address,...>', 'a member with its addresses and DNS names, may be repeated'),
    )
    .option('--ca-days <days>', 'how long the authorities are good', '3650')
    .option('--days <days>', 'how long the certificates are good', '1095')
    .option('--renew', 'new certificates for the keys that are there')
    .addHelpText(
      'after',
      `
Keys are ECDSA on P-256. A key that is there is never replaced, so this may be
run again: to add members, or with --renew before certificates run out.
Keep the folder ca/ to yourself; machines need only the folder of their name.

Example:
  ./basalt config pki --output pki --name blue \\
    --member node1=10.0.0.11 --member node2=10.0.0.12 --member node3=10.0.0.13
  ./basalt config render etcd-member-tls --files pki/node1 --set name=node1 ...
`,
    )
    .action((options: PkiCommandOptions) => inSession(options, (session) => makePki(session, options)));
}

async function makePki(session: Session, options: PkiCommandOptions): Promise<CommandResult> {
  if (kinds.name.read(options.name) === undefined) throw invalid('--name', options.name, kinds.name.needed);
  const members = options.member.map(memberOf);
  const twice = members.find(({ name }, index) => members.findIndex((each) => each.name === name) !== index);
  if (twice !== undefined) throw invalid('--member', `${twice.name}, twice`, 'each member once');
  const folder = resolve(options.output);
  const certificates = await makeEtcdPki({
    folder,
    name: options.name,
    members,
    authorityDays: daysOf('--ca-days', options.caDays),
    days: daysOf('--days', options.days),
    renew: options.renew ?? false,
    now: new Date(),
  });
  await showResult(session, 'config pki', { folder, certificates }, (result, page) =>
    linesOf(result.certificates, page, join(options.output, 'ca')),
  );
  return { output: folder };
}

function linesOf(certificates: readonly IssuedCertificate[], { paint }: Page, authorities: string): string[] {
  return [
    ...certificates.map(({ file, state, notAfter, alternatives }) => {
      const names = alternatives.length === 0 ? '' : `  ${paint('quiet', alternatives.join(', '))}`;
      return `${state.padEnd(7)}  ${file}  until ${notAfter.slice(0, 10)}${names}`;
    }),
    '',
    `Keep ${authorities} safe and off the machines: who has it can make certificates.`,
  ];
}

function memberOf(text: string): PkiMember {
  const at = text.indexOf('=');
  const name = text.slice(0, Math.max(at, 0));
  const alternatives = text.slice(at + 1).split(',');
  const isGood = (each: string) => isIP(each) !== 0 || kinds['host-name'].read(each) !== undefined;
  const reserved = ['ca', 'client'].includes(name);
  if (kinds.name.read(name) !== undefined && !reserved && alternatives.every(isGood))
    return { name, alternatives };
  const needed = 'NAME=ADDRESS, such as node1=10.0.0.11 or node1=10.0.0.11,node1.example.com';
  throw invalid('--member', text, reserved ? `another name than ca and client: ${needed}` : needed);
}

function daysOf(option: string, text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days;
  throw invalid(option, text, `a number of days from 1 to ${MOST_DAYS}`);
}

function invalid(option: string, seen: string, needed: string): UserError {
  return new UserError('option-invalid', `${option} cannot be used`, {
    exitCode: exitCodes.usage,
    seen,
    needed,
  });
}
