/** `basalt release expire`: new dates, and old releases out. */
import type { Command } from 'commander';
import { type RoleExpiry, renew } from '../release/expire.ts';
import { type Retired, retire } from '../release/retire.ts';
import { type RoleName, roleNames } from '../release/roles.ts';
import { repeated } from './build.ts';
import { invalidOption, numberOf, type ReleaseOptions, releaseContext, withKeys } from './release-context.ts';
import { type CommandResult, inSession, type Session } from './session.ts';
import { type Page, showResult } from './show-result.ts';

interface ExpireCommandOptions extends ReleaseOptions {
  readonly role: readonly string[];
  readonly image?: string;
  readonly remove: readonly string[];
  readonly keep?: string;
}

interface ExpireResult {
  readonly roles: readonly RoleExpiry[];
  /** Absent when nothing was to be retired. */
  readonly retired?: Retired;
}

const MOST_KEPT = 1000;

export function addReleaseExpire(release: Command): void {
  withKeys(
    release.command('expire <repository>').description('sign again what runs out, retire old releases'),
  )
    .addOption(repeated('--role <role>', 'sign this role too, may be repeated'))
    .addOption(repeated('--remove <version>', 'remove a release that is in no channel, may be repeated'))
    .option('--keep <number>', 'keep this many releases of each channel, and barriers and dead ends')
    .option('--image <image>', 'of which image, when the repository has several')
    .addHelpText(
      'after',
      `
Signs the timestamp, and the snapshot when half of its time is over; says what
else will run out. Run it every day, with the two keys that takes. Files that
nothing names any more are removed a day later.

Examples:
  ./basalt release expire /srv/updates --keys online-keys
  ./basalt release expire /srv/updates --keys keys --role targets --keep 5
`,
    )
    .action((repository: string, options: ExpireCommandOptions) =>
      inSession(options, (session) => expire(session, repository, options)),
    );
}

async function expire(
  session: Session,
  repository: string,
  options: ExpireCommandOptions,
): Promise<CommandResult> {
  const { image, remove } = options;
  const roles = options.role.map(roleOption);
  const keep = options.keep === undefined ? undefined : numberOf('--keep', options.keep, 1, MOST_KEPT);
  const context = releaseContext(session, repository, options);
  const isRetiring = remove.length > 0 || keep !== undefined;
  const retired = isRetiring ? await retire(context, { image, remove, keep }) : undefined;
  const renewed = await renew(context, { roles });
  const result: ExpireResult = { roles: renewed, ...(retired === undefined ? {} : { retired }) };
  await showResult(session, 'release expire', result, linesOf);
}

/** @throws {UserError} when a text is not the name of a role. */
export function roleOption(text: string): RoleName {
  const role = roleNames.find((name) => name === text);
  if (role === undefined) throw invalidOption('--role', text, `one of ${roleNames.join(', ')}`);
  return role;
}

function linesOf({ roles, retired }: ExpireResult, { paint }: Page): string[] {
  return [
    ...roles.map(({ role, version, expires, state }) => {
      const text = `${state.padEnd(6)}  ${role.padEnd(9)}  good until ${expires.slice(0, 10)}`;
      return `${text}  ${paint('quiet', `version ${version}`)}`;
    }),
    ...(retired === undefined ? [] : retiredLines(retired)),
  ];
}

function retiredLines({ image, removed, left }: Retired): string[] {
  return [
    '',
    ...left.map(({ channel, versions }) => `left ${image} ${channel}: ${versions.join(', ')}`),
    removed.length === 0 ? 'No release was removed.' : `removed: ${removed.join(', ')}`,
  ];
}
