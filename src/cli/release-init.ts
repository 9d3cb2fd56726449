/** `basalt release init`: keys and an empty repository. */
import type { Command } from 'commander';
import { type Initialized, initRepository } from '../release/init.ts';
import { defaultLifetimes, type Lifetimes, roleNames } from '../release/roles.ts';
import { numberOf, type ReleaseOptions, releaseContext, withKeys } from './release-context.ts';
import { type CommandResult, inSession, type Session } from './session.ts';
import { type Page, showResult } from './show-result.ts';

interface InitCommandOptions extends ReleaseOptions {
  readonly rootKeys: string;
  readonly threshold: string;
  readonly expiresRoot: string;
  readonly expiresTargets: string;
  readonly expiresSnapshot: string;
  readonly expiresTimestamp: string;
}

const MOST_KEYS = 20;
const MOST_DAYS = 36_500;

export function addReleaseInit(release: Command): void {
  withKeys(release.command('init <repository>').description('make keys and an empty repository'))
    .option('--root-keys <number>', 'how many root keys there are', '1')
    .option('--threshold <number>', 'how many of them must sign a new root', '1')
    .option('--expires-root <days>', 'how long a root is good', String(defaultLifetimes.root))
    .option('--expires-targets <days>', 'the same of targets', String(defaultLifetimes.targets))
    .option('--expires-snapshot <days>', 'the same of the snapshot', String(defaultLifetimes.snapshot))
    .option('--expires-timestamp <days>', 'the same of the timestamp', String(defaultLifetimes.timestamp))
    .addHelpText(
      'after',
      `
Keys that are in the folder already are used: ROLE-NUMBER.pem, or
ROLE-NUMBER.signer.json for one that a program signs with. Take the root keys
elsewhere afterwards: they are needed only for new keys.

Example:
  ./basalt release init /srv/updates --keys keys --root-keys 3 --threshold 2
`,
    )
    .action((repository: string, options: InitCommandOptions) =>
      inSession(options, (session) => init(session, repository, options)),
    );
}

async function init(
  session: Session,
  repository: string,
  options: InitCommandOptions,
): Promise<CommandResult> {
  const days = (role: string, text: string) => numberOf(`--expires-${role}`, text, 1, MOST_DAYS);
  const lifetimes: Lifetimes = {
    root: days('root', options.expiresRoot),
    targets: days('targets', options.expiresTargets),
    snapshot: days('snapshot', options.expiresSnapshot),
    timestamp: days('timestamp', options.expiresTimestamp),
  };
  const made = await initRepository(releaseContext(session, repository, options), {
    rootKeys: numberOf('--root-keys', options.rootKeys, 1, MOST_KEYS),
    threshold: numberOf('--threshold', options.threshold, 1, MOST_KEYS),
    lifetimes,
  });
  await showResult(session, 'release init', made, linesOf);
  return { output: made.repository };
}

function linesOf({ keys, root, expires }: Initialized, { paint }: Page): string[] {
  return [
    ...keys.map(({ role, file, state, keyId }) => {
      return `${state}  ${role.padEnd(9)}  ${file}  ${paint('quiet', `${keyId.slice(0, 8)}…`)}`;
    }),
    '',
    ...roleNames.map((role) => `${role.padEnd(9)}  good until ${expires[role].slice(0, 10)}`),
    '',
    `For images (update.root in a recipe): ${root}`,
    'Keep the keys safe: who has them can publish updates. Who loses those of the root can never change them.',
  ];
}
