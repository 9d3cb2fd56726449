/** `basalt release add`: a build becomes a release. */
import type { Command } from 'commander';
import { type Added, addRelease } from '../release/add.ts';
import { formatSize, parseSize } from '../units.ts';
import { invalidOption, type ReleaseOptions, releaseContext, withKeys } from './release-context.ts';
import { type CommandResult, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

interface AddCommandOptions extends ReleaseOptions {
  readonly limit?: string;
}

export function addReleaseAdd(release: Command): void {
  withKeys(
    release.command('add <repository> <folder>').description("put a build's payloads into the repository"),
  )
    .option('--limit <size>', 'refuse a release whose full payload is larger')
    .addHelpText(
      'after',
      `
FOLDER is the output folder of a build, out/IMAGE/VERSION. Machines take the
release when it is in their channel: see release promote.

Example:
  ./basalt release add /srv/updates out/qemu/1.2.0 --keys keys --limit 200M
`,
    )
    .action((repository: string, folder: string, options: AddCommandOptions) =>
      inSession(options, (session) => add(session, repository, folder, options)),
    );
}

async function add(
  session: Session,
  repository: string,
  folder: string,
  options: AddCommandOptions,
): Promise<CommandResult> {
  const { limit } = options;
  const limitBytes = limit === undefined ? undefined : parseSize(limit);
  if (limit !== undefined && limitBytes === undefined)
    throw invalidOption('--limit', limit, 'a size such as 200M');
  const added = await addRelease(releaseContext(session, repository, options), { folder, limitBytes });
  await showResult(session, 'release add', added, linesOf);
}

function linesOf({ image, version, state, parts, fullBytes }: Added): string[] {
  return [
    ...parts.map(
      ({ part, sizeBytes, fullBytes: compressed }) =>
        `${part.padEnd(6)}  ${formatSize(compressed).padStart(10)}  of ${formatSize(sizeBytes)}`,
    ),
    `total   ${formatSize(fullBytes).padStart(10)}`,
    '',
    state === 'kept'
      ? `${image} ${version} was there already`
      : `${image} ${version} is in the repository, in no channel yet`,
  ];
}
