/** `basalt release delta`: short ways from older releases to a newer one. */
import type { Command } from 'commander';
import { type Deltas, makeDeltas } from '../release/delta.ts';
import { formatSize } from '../units.ts';
import { repeated } from './build.ts';
import { invalidOption, numberOf, type ReleaseOptions, releaseContext, withKeys } from './release-context.ts';
import { type CommandResult, inSession, type Session } from './session.ts';
import { type Page, showResult } from './show-result.ts';

interface DeltaCommandOptions extends ReleaseOptions {
  readonly image?: string;
  readonly from: readonly string[];
  readonly channel?: string;
  readonly previous: string;
}

const MOST_PREVIOUS = 100;

export function addReleaseDelta(release: Command): void {
  withKeys(release.command('delta <repository> <version>').description('make deltas from older releases'))
    .option('--image <image>', 'the image, when the repository has several')
    .addOption(repeated('--from <version>', 'an older release, may be repeated'))
    .option('--channel <channel>', 'from the last releases of this channel')
    .option('--previous <number>', 'how many of them', '3')
    .addHelpText(
      'after',
      `
Each delta is applied before it is published; one that saves little is left
out. Machines for which there is none take the full payload.

Examples:
  ./basalt release delta /srv/updates 1.2.0 --channel stable --keys keys
  ./basalt release delta /srv/updates 1.2.0 --from 1.1.9 --keys keys
`,
    )
    .action((repository: string, version: string, options: DeltaCommandOptions) =>
      inSession(options, (session) => delta(session, repository, version, options)),
    );
}

async function delta(
  session: Session,
  repository: string,
  version: string,
  options: DeltaCommandOptions,
): Promise<CommandResult> {
  const { image, from, channel } = options;
  if (from.length === 0 && channel === undefined)
    throw invalidOption('release delta', 'neither --from nor --channel', 'releases that machines come from');
  const made = await makeDeltas(releaseContext(session, repository, options), {
    image,
    version,
    from,
    channel,
    previous: numberOf('--previous', options.previous, 1, MOST_PREVIOUS),
  });
  await showResult(session, 'release delta', made, linesOf);
}

const words = { made: 'made', kept: 'kept', 'left-out': 'left out' } as const;

function linesOf({ image, version, deltas }: Deltas, { paint }: Page): string[] {
  if (deltas.length === 0) return [`There is no older release for ${image} ${version} to come from.`];
  return deltas.map(({ part, from, state, sizeBytes, fullBytes }) => {
    const share = `${((sizeBytes / Math.max(fullBytes, 1)) * 100).toFixed(1)} %`;
    const text = `${words[state].padEnd(8)}  ${part.padEnd(6)}  from ${from}  ${formatSize(sizeBytes).padStart(10)}`;
    return `${text}  ${paint('quiet', `${share} of ${formatSize(fullBytes)}`)}`;
  });
}
