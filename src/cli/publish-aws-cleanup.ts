/** `basalt publish aws cleanup`: removes what a publication that failed half-way left behind. */
import type { Command } from 'commander';
import type { Cleaned } from '../publish/aws/clean.ts';
import { type AwsPlaceOptions, endpointOf, prefixOf, regionsOf, withAwsPlace } from './publish-aws-place.ts';
import { type CommandResult, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

interface CleanupOptions extends AwsPlaceOptions {
  readonly dryRun?: boolean;
}

export function addPublishAwsCleanup(aws: Command): void {
  withAwsPlace(
    aws.command('cleanup [build]').description('remove what a publication that failed half-way left behind'),
  )
    .option('--dry-run', 'only print what would be removed')
    .addHelpText(
      'after',
      `
Removed are images that no SSM parameter points to and that were never
published, and snapshots that no image uses; with BUILD, only those of this
build. Not while something is being published: it would be removed as well.

Example:
  ./basalt publish aws cleanup --region eu-central-1 --dry-run
`,
    )
    .action((build: string | undefined, options: CleanupOptions) =>
      inSession(options, (session) => cleanup(session, build, options)),
    );
}

async function cleanup(
  session: Session,
  build: string | undefined,
  options: CleanupOptions,
): Promise<CommandResult> {
  const { reporter, signal, store } = session;
  const [{ cleanAws }, { readDisk }] = await Promise.all([
    import('../publish/aws/clean.ts'),
    import('../publish/aws/disk.ts'),
  ]);
  const cleaned = await cleanAws({
    store,
    signal,
    endpointUrl: endpointOf(options),
    onMessage: (level, text) => reporter.emit({ type: 'message', level, text }),
    regions: regionsOf(options),
    prefix: prefixOf(options),
    sha256: build === undefined ? undefined : (await readDisk(build, signal)).sha256,
    dryRun: options.dryRun ?? false,
  });
  await showResult(session, 'publish aws cleanup', cleaned, linesOf);
}

function linesOf({ account, removed, dryRun }: Cleaned): readonly string[] {
  const verb = dryRun ? 'would be removed' : 'removed';
  return [
    ...removed.map(({ region, imageId, snapshotIds, name, state }) =>
      [region.padEnd(16), ...(imageId === undefined ? [] : [imageId]), ...snapshotIds, name, state].join(
        '  ',
      ),
    ),
    ...(removed.length > 0 ? [''] : []),
    removed.length === 0 ? `nothing is left over in account ${account}` : `${removed.length} ${verb}`,
  ];
}
