/** `basalt release promote`, `basalt release withdraw`: what channels offer. */
import type { Command } from 'commander';
import { type ChannelChange, promote, withdraw } from '../release/promote.ts';
import { type ReleaseOptions, releaseContext, withKeys } from './release-context.ts';
import { inSession } from './session.ts';
import { type Page, showResult } from './show-result.ts';

interface ChannelCommandOptions extends ReleaseOptions {
  readonly image?: string;
  readonly channel: string;
}

interface PromoteCommandOptions extends ChannelCommandOptions {
  readonly barrier?: string | false;
  readonly deadEnd?: string | false;
}

export function addReleasePromote(release: Command): void {
  withChannel(
    release
      .command('promote <repository> <version>')
      .description('offer a release to the machines of a channel'),
  )
    .option('--barrier <reason>', 'older machines must pass through this release')
    .option('--no-barrier', 'they need not any more')
    .option('--dead-end <reason>', 'machines that run this release get no more updates')
    .option('--no-dead-end', 'they do again')
    .addHelpText(
      'after',
      `
Run it again to change what the channel says of a release. A dead end can be
made only of a release that the channel has.

Examples:
  ./basalt release promote /srv/updates 1.2.0 --channel stable --keys keys
  ./basalt release promote /srv/updates 1.2.0 --channel stable --keys keys \\
    --barrier 'moves the data of etcd to its new place'
  ./basalt release promote /srv/updates 1.1.0 --channel stable --keys keys \\
    --dead-end 'its partitions are too small: install anew'
`,
    )
    .action((repository: string, version: string, options: PromoteCommandOptions) =>
      inSession(options, async (session) => {
        const { image, channel, barrier, deadEnd } = options;
        const context = releaseContext(session, repository, options);
        const changed = await promote(context, { image, version, channel, barrier, deadEnd });
        await showResult(session, 'release promote', changed, linesOf);
      }),
    );
}

export function addReleaseWithdraw(release: Command): void {
  withChannel(
    release.command('withdraw <repository> <version>').description('take a release out of a channel'),
  )
    .addHelpText(
      'after',
      `
No further machine takes it. Machines that run it stay on it until the channel
has a newer one. The release stays in the repository.

Example:
  ./basalt release withdraw /srv/updates 1.2.0 --channel stable --keys keys
`,
    )
    .action((repository: string, version: string, options: ChannelCommandOptions) =>
      inSession(options, async (session) => {
        const { image, channel } = options;
        const changed = await withdraw(releaseContext(session, repository, options), {
          image,
          version,
          channel,
        });
        await showResult(session, 'release withdraw', changed, linesOf);
      }),
    );
}

function withChannel(command: Command): Command {
  return withKeys(command)
    .option('--image <image>', 'the image, when the repository has several')
    .requiredOption('--channel <channel>', 'the channel, such as stable');
}

/** The channel, newest release first. */
function linesOf({ image, channel, releases }: ChannelChange, { paint }: Page): string[] {
  return [
    paint('strong', `${image} ${channel}`),
    ...(releases.length === 0 ? ['  empty'] : []),
    ...releases
      .toReversed()
      .flatMap(({ version, promotedAt, barrier, deadEnd }) => [
        `  ${version}  since ${promotedAt.slice(0, 10)}`,
        ...(barrier === undefined ? [] : [`    ${paint('warning', 'barrier')}: ${barrier}`]),
        ...(deadEnd === undefined ? [] : [`    ${paint('warning', 'dead end')}: ${deadEnd}`]),
      ]),
  ];
}
