/** `basalt release rotate`: a new key for a role. */
import type { Command } from 'commander';
import { type Rotated, rotate } from '../release/rotate.ts';
import { numberOf, type ReleaseOptions, releaseContext, withKeys } from './release-context.ts';
import { roleOption } from './release-expire.ts';
import { type CommandResult, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

interface RotateCommandOptions extends ReleaseOptions {
  readonly role: string;
  readonly key?: string;
  readonly retire?: string;
  readonly add?: boolean;
  readonly threshold?: string;
}

const MOST_KEYS = 20;

export function addReleaseRotate(release: Command): void {
  withKeys(release.command('rotate <repository>').description('give a role a new key'))
    .requiredOption('--role <role>', 'root, targets, snapshot or timestamp')
    .option('--key <file>', 'use this key instead of making one')
    .option('--retire <key>', 'the key that goes, by the beginning of its id')
    .option('--add', 'no key goes')
    .option('--threshold <number>', 'how many keys must sign from now on')
    .addHelpText(
      'after',
      `
Needs enough root keys, and for the role's metadata the online keys: --keys may
be repeated. Machines follow by themselves, from any root they have.

Examples:
  ./basalt release rotate /srv/updates --role targets --keys keys --keys /media/root-keys
  ./basalt release rotate /srv/updates --role root --retire 10f0369a --keys /media/root-keys
`,
    )
    .action((repository: string, options: RotateCommandOptions) =>
      inSession(options, (session) => run(session, repository, options)),
    );
}

async function run(
  session: Session,
  repository: string,
  options: RotateCommandOptions,
): Promise<CommandResult> {
  const { key, retire, threshold } = options;
  const rotated = await rotate(releaseContext(session, repository, options), {
    role: roleOption(options.role),
    key,
    retire,
    add: options.add ?? false,
    threshold: threshold === undefined ? undefined : numberOf('--threshold', threshold, 1, MOST_KEYS),
  });
  await showResult(session, 'release rotate', rotated, linesOf);
}

function linesOf({ role, rootVersion, added, retired, keyIds, threshold }: Rotated): string[] {
  return [
    `new   ${added.keyId.slice(0, 8)}…  ${added.file}`,
    ...retired.map(({ keyId, file }) => `gone  ${keyId.slice(0, 8)}…  ${file ?? 'its file is not at hand'}`),
    '',
    `${threshold} of ${keyIds.length} ${keyIds.length === 1 ? 'key' : 'keys'} must sign for ${role}, since root ${rootVersion}.`,
    ...(retired.length === 0
      ? []
      : ['Machines take what the old key signs no more, once they have seen this root.']),
  ];
}
