/** `basalt publish s3`: builds become what a stream offers, in a bucket or a folder. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { exitCodes, UserError } from '../errors.ts';
import type { Place } from '../publish/streams/place.ts';
import type { PublishedStream } from '../publish/streams/publish.ts';
import { formatSize } from '../units.ts';
import { invalidOption } from './release-context.ts';
import { type CommandResult, type CommonOptions, inSession, type Session } from './session.ts';
import { type Page, showResult } from './show-result.ts';
import { workshopOf } from './workshop.ts';

interface PublishS3Options extends CommonOptions {
  readonly stream: string;
  readonly key?: string;
  readonly unsigned?: boolean;
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly dryRun?: boolean;
}

export function addPublishS3(publish: Command): void {
  publish
    .command('s3 <place> <build...>')
    .description('as what a stream offers, in a bucket or a folder for a web server')
    .option('--stream <name>', 'name of the stream', 'stable')
    .addOption(new Option('--key <file>', 'key that signs: NAME.pem or NAME.signer.json'))
    .addOption(new Option('--unsigned', 'sign nothing').conflicts('key'))
    .option('--region <region>', 'of the bucket (default: $AWS_REGION)')
    .option('--endpoint-url <url>', 'of another service than Amazon (default: $AWS_ENDPOINT_URL)')
    .option('--dry-run', 'only print what would be written')
    .addHelpText(
      'after',
      `
PLACE is s3://BUCKET/PREFIX or a folder; BUILD is an output folder, out/IMAGE/VERSION.
Artifacts are written first, then streams/NAME.json, which names them, then its
page: who reads in the meantime sees the release before or this one.

Example:
  openssl genpkey -algorithm ed25519 -out stable.pem && chmod 600 stable.pem
  ./basalt publish s3 s3://images.example.org out/qemu/1.2.0 out/aws/1.2.0 \\
    --stream stable --key stable.pem
`,
    )
    .action((place: string, builds: readonly string[], options: PublishS3Options) =>
      inSession(options, (session) => publishBuilds(session, place, builds, options)),
    );
}

async function publishBuilds(
  session: Session,
  name: string,
  builds: readonly string[],
  options: PublishS3Options,
): Promise<CommandResult> {
  const { stream, key, unsigned, dryRun } = options;
  if (!/^[a-z0-9][a-z0-9-]*$/.test(stream)) throw invalidOption('--stream', stream, 'a-z, 0-9 and "-"');
  if (key === undefined && !unsigned) {
    throw new UserError('key-missing', 'no key is named to sign with', {
      exitCode: exitCodes.usage,
      needed: '--key FILE, or --unsigned to sign nothing',
      next: ['openssl genpkey -algorithm ed25519 -out stable.pem && chmod 600 stable.pem'],
    });
  }
  // Loaded here: the SDK takes a while, and other commands need nothing of it.
  const [{ publishStream }, { openSigningKey }] = await Promise.all([
    import('../publish/streams/publish.ts'),
    import('../publish/streams/signature.ts'),
  ]);
  const { signal, reporter, home } = session;
  const place = await openPlace(name, options, session);
  try {
    const published = await publishStream({
      place,
      folders: builds.map((build) => resolve(build)),
      stream,
      signer: key === undefined ? undefined : await openSigningKey(resolve(key), signal),
      templatesDir: join(home, 'templates'),
      workshop: workshopOf(session),
      now: () => new Date(),
      dryRun: dryRun ?? false,
      signal,
      onMessage: (level, text) => reporter.emit({ type: 'message', level, text }),
    });
    await showResult(session, 'publish s3', published, linesOf);
  } catch (error) {
    throw await explained(error, place.name);
  } finally {
    place.close();
  }
}

async function openPlace(
  name: string,
  { region, endpointUrl }: PublishS3Options,
  { signal, reporter }: Session,
): Promise<Place> {
  if (!name.startsWith('s3://')) {
    const { FolderPlace } = await import('../publish/streams/folder-place.ts');
    return new FolderPlace(name.startsWith('file:') ? fileURLToPath(name) : resolve(name), signal);
  }
  const [, bucket, prefix = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/*$/.exec(name) ?? [];
  if (bucket === undefined) {
    throw new UserError('place-invalid', 'this is no bucket', {
      exitCode: exitCodes.usage,
      seen: name,
      needed: 's3://BUCKET or s3://BUCKET/PREFIX, or a folder',
    });
  }
  const { S3Place } = await import('../publish/streams/s3-place.ts');
  return new S3Place({
    bucket,
    prefix,
    region: region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1',
    endpointUrl: endpointUrl ?? (process.env.AWS_ENDPOINT_URL || undefined),
    patience: {
      signal,
      onRetry: ({ call, error }) =>
        reporter.emit({ type: 'message', level: 'detail', text: `${call}: ${String(error)}; asking again` }),
    },
  });
}

/** Nothing that fails leaves half a release: the metadata comes last. */
async function explained(error: unknown, place: string): Promise<unknown> {
  const [{ explainFailure }, { faultKind, isAnswer }] = await Promise.all([
    import('../publish/aws/failure.ts'),
    import('../publish/aws/fault.ts'),
  ]);
  if (error instanceof UserError || (!isAnswer(error) && faultKind(error) === 'final')) return error;
  const told = explainFailure(error, { regions: [place], made: [] });
  return told instanceof UserError
    ? new UserError(told.code, told.message, {
        ...(told.seen !== undefined && { seen: told.seen }),
        where: place,
        next: ['run the same command again: what is there is not sent again, and no reader sees half of it'],
        cause: error,
      })
    : told;
}

function linesOf({ place, stream, changed, dryRun, written, offers }: PublishedStream, page: Page): string[] {
  const verb = dryRun ? 'would be published' : 'is published';
  return [
    ...written.map(({ key, sizeBytes }) => `${formatSize(sizeBytes).padStart(10)}  ${key}`),
    ...(written.length > 0 ? [''] : []),
    ...offers.map(({ image, version, architecture }) =>
      changed
        ? `${image} ${version} ${page.paint('quiet', architecture)} ${verb} in ${place}/streams/${stream}.json`
        : `${image} ${version} ${page.paint('quiet', architecture)} was published already: nothing changed`,
    ),
  ];
}
