/** `basalt publish aws`: a build becomes an Amazon Machine Image in each region. */
import { type Command, Option } from 'commander';
import { run } from '../exec/run.ts';
import type { Step } from '../publish/aws/plan.ts';
import type { Published } from '../publish/aws/publish.ts';
import { formatSize, GIB, MIB, parseSize } from '../units.ts';
import { addPublishAwsCleanup } from './publish-aws-cleanup.ts';
import {
  type AwsPlaceOptions,
  endpointOf,
  prefixOf,
  regionsOf,
  repeated,
  withAwsPlace,
} from './publish-aws-place.ts';
import { invalidOption, numberOf } from './release-context.ts';
import { type CommandResult, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

interface PublishAwsOptions extends AwsPlaceOptions {
  readonly channel: string;
  readonly public?: boolean;
  readonly account: readonly string[];
  readonly keep?: string;
  readonly commit?: string;
  readonly volumeSize: string;
  readonly tpm: boolean;
  readonly dryRun?: boolean;
}

const MOST_KEPT = 1000;
const TOLD_EVERY_MS = 5000;

export function addPublishAws(publish: Command): void {
  const aws = withAwsPlace(
    publish.command('aws <build>').description('as Amazon Machine Images, in every region named'),
  )
    .option('--channel <name>', 'channel of the SSM parameters', 'stable')
    .option('--public', 'everybody may use the image')
    .addOption(
      new Option('--account <id>', 'an account that may use the image, may be repeated')
        .argParser(repeated)
        .default([], 'none'),
    )
    .option('--keep <number>', 'retire images beyond this number of versions')
    .option('--commit <id>', 'commit the image was built from (default: $GITHUB_SHA, $CI_COMMIT_SHA, or git)')
    .option('--volume-size <size>', 'of the root volume that instances get', '8G')
    .option('--no-tpm', 'without TPM 2.0, for types of instances that have none')
    .option('--dry-run', 'only print what would be done')
    .addHelpText(
      'after',
      `
BUILD is the output folder of a build, out/IMAGE/VERSION, or a raw disk.
Credentials are found as by every program of Amazon's SDK. What is there already
is not made again; a run that was stopped goes on where it was.

Example:
  ./basalt publish aws out/aws/1.2.0 --region eu-central-1 --region us-east-1 \\
    --public --keep 5
  aws ssm get-parameter --name /basalt/aws/stable/latest/amd64
`,
    )
    .action((build: string, options: PublishAwsOptions) =>
      inSession(options, (session) => publishBuild(session, build, options)),
    );
  addPublishAwsCleanup(aws);
}

async function publishBuild(
  session: Session,
  build: string,
  options: PublishAwsOptions,
): Promise<CommandResult> {
  const volumeBytes = parseSize(options.volumeSize);
  if (volumeBytes === undefined || volumeBytes < GIB)
    throw invalidOption('--volume-size', options.volumeSize, 'a size from 1G');
  const keep = options.keep === undefined ? undefined : numberOf('--keep', options.keep, 1, MOST_KEPT);
  for (const account of options.account) {
    if (!/^\d{12}$/.test(account)) throw invalidOption('--account', account, 'twelve digits');
  }
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(options.channel))
    throw invalidOption('--channel', options.channel, 'a-z, 0-9, "." and "-"');
  const regions = regionsOf(options);
  const prefix = prefixOf(options);
  // Loaded here: the SDK takes a while, and other commands need nothing of it.
  const [{ publishAws }, { readDisk }] = await Promise.all([
    import('../publish/aws/publish.ts'),
    import('../publish/aws/disk.ts'),
  ]);
  const { reporter, signal, store } = session;
  const say = (text: string, level: 'detail' | 'info' | 'warning' = 'info') =>
    reporter.emit({ type: 'message', level, text });
  const disk = await readDisk(build, signal);
  let toldAtMs = performance.now();
  let sentThen = 0;
  const published = await publishAws({
    store,
    signal,
    endpointUrl: endpointOf(options),
    onMessage: (level, text) => say(text, level),
    wanted: {
      disk,
      regions,
      channel: options.channel,
      prefix,
      sharing: { public: options.public ?? false, accounts: options.account },
      commit: await commitOf(options.commit, session),
      keep,
    },
    tpm: options.tpm,
    volumeBytes,
    dryRun: options.dryRun ?? false,
    onUpload: ({ readBytes, sentBlocks, keptBlocks, window }) => {
      const elapsedMs = performance.now() - toldAtMs;
      if (elapsedMs < TOLD_EVERY_MS) return;
      const speed = ((sentBlocks - sentThen) * BLOCK_MIB * 1000) / elapsedMs;
      const kept = keptBlocks === 0 ? '' : `, ${keptBlocks} were there`;
      say(
        `upload: ${Math.floor((readBytes / disk.sizeBytes) * 100)}% of ${formatSize(disk.sizeBytes)}, ${sentBlocks} blocks sent${kept}, ${speed.toFixed(1)} MiB/s, ${window} at a time`,
      );
      toldAtMs += elapsedMs;
      sentThen = sentBlocks;
    },
  });
  await showResult(session, 'publish aws', published, linesOf);
}

const BLOCK_MIB = (512 * 1024) / MIB;

async function commitOf(option: string | undefined, { home, signal }: Session): Promise<string | undefined> {
  const named = option ?? process.env.GITHUB_SHA ?? process.env.CI_COMMIT_SHA;
  if (named !== undefined && named !== '') return named;
  const asked = await run(['git', '-C', home, 'rev-parse', '--verify', 'HEAD'], { signal }).catch(
    () => undefined,
  );
  return asked?.stdout.trim() || undefined;
}

function linesOf(published: Published): readonly string[] {
  const { name, account, steps, changed, dryRun, regions } = published;
  const there = regions.map(
    ({ region, imageId, snapshotIds }) => `${region.padEnd(16)}  ${imageId}  ${snapshotIds.join(' ')}`,
  );
  const done = changed
    ? `${name} is published in account ${account}`
    : `${name} was published already in account ${account}: nothing changed`;
  if (!dryRun) return [...there, '', done];
  const planned = steps.map((step, index) => `${String(index + 1).padStart(3)}  ${sentenceOf(step)}`);
  return [
    ...planned,
    ...(planned.length > 0 ? [''] : []),
    changed ? `${planned.length} steps in account ${account}; nothing was done` : done,
  ];
}

function sentenceOf(step: Step): string {
  const where = `in ${step.region}`;
  switch (step.kind) {
    case 'upload':
      return `send the disk's blocks to ${step.snapshotId ?? 'a new snapshot'} ${where}`;
    case 'register':
      return `register the image ${where}, from ${step.snapshotId ?? 'that snapshot'}`;
    case 'copy':
      return `copy the image from ${step.from} to ${step.region}`;
    case 'wait':
      return `wait until the image is available ${where}`;
    case 'tag':
      return `tag image and snapshot ${where}: ${Object.keys(step.tags).join(', ')}`;
    case 'share': {
      const whom = [...(step.sharing.public ? ['everybody'] : []), ...step.sharing.accounts];
      return `share image and snapshot ${where} with ${whom.join(', ')}`;
    }
    case 'parameter':
      return `set ${step.name} ${where}${step.before === undefined ? '' : `, which is ${step.before}`}`;
    case 'retire':
      return `remove ${step.name} ${where}: ${[step.imageId, ...step.snapshotIds, ...step.parameters].join(', ')}`;
  }
}
