/** `basalt build`: an image from a recipe. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { buildImage, prepareBuild } from '../build/build.ts';
import { exitCodes, UserError } from '../errors.ts';
import { parseLock } from '../packages/lock.ts';
import type { RefreshPolicy } from '../packages/resolve.ts';
import { loadRecipe } from '../recipe/load.ts';
import type { DebianMirrors } from '../tools/apt-sources.ts';
import { openToolsTree } from '../tools/tools-tree.ts';
import { checkTerminal, debugShell } from './debug-shell.ts';
import { prepareMachine } from './host-packages.ts';
import { type CommandResult, type CommonOptions, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

/** Options of every command that resolves or builds. */
export interface BuildCommandOptions extends CommonOptions {
  readonly version?: string;
  readonly format?: readonly string[];
  readonly set: readonly string[];
  readonly locked?: string;
  readonly output?: string;
  readonly dryRun?: boolean;
  readonly mirror?: string;
  readonly securityMirror?: string;
  readonly refresh?: boolean;
  readonly offline?: boolean;
}

const VERSION = /^[A-Za-z0-9][A-Za-z0-9.~-]*$/;
/** GPT labels hold 36 characters, `verity_` takes 7 of them. */
const VERSION_LENGTH = 29;

export function registerBuild(program: Command): void {
  addResolveOptions(program.command('build <image>').description('build an image from a recipe'))
    .option('--version <version>', 'version of the image (default: the date of the package lists)')
    .addOption(repeated('--format <format>', 'disk format, may be repeated', 'those of the recipe'))
    .option('--output <dir>', 'put the image here instead of out/IMAGE/VERSION')
    .option('--dry-run', 'print the plan and build nothing')
    .option('--debug-shell', 'when a tool fails, open a shell in its sandbox')
    .addHelpText('after', '\nExample:\n  ./basalt build qemu --version 1.2.0 --set compression.level=9\n')
    .action((image: string, options: BuildCommandOptions) =>
      inSession(options, (session) => build(session, image, options)),
    );
}

/** Adds the options shared by `build` and `lock`: what decides on the packages. */
export function addResolveOptions(command: Command): Command {
  return command
    .addOption(repeated('--set <key=value>', 'change a setting of the recipe, may be repeated'))
    .option('--locked <file>', 'use exactly the packages of this lock')
    .option('--mirror <uri>', 'Debian archive to use')
    .option('--security-mirror <uri>', 'Debian security archive to use')
    .option('--refresh', 'fetch the package lists anew, and fail when that fails')
    .option('--offline', 'use no network: package lists and packages must be there');
}

/** An option that may be given several times. */
export function repeated(flags: string, description: string, otherwise?: string): Option {
  return new Option(flags, description)
    .argParser((value: string, previous: readonly string[]) => [...previous, value])
    .default([], otherwise ?? 'none');
}

async function build(session: Session, image: string, options: BuildCommandOptions): Promise<CommandResult> {
  if (options.debugShell) checkTerminal(session.json);
  const buildOptions = await buildOptionsOf(session, image, options);
  const prepared = await prepareBuild(buildOptions);
  if (options.dryRun) {
    await showResult(session, 'build', prepared.plan, (plan) => JSON.stringify(plan, null, 2).split('\n'));
    return {};
  }
  const folder = resolve(options.output ?? join(session.home, 'out', prepared.plan.image, prepared.version));
  const unlock = await session.store.lock(`output-${Buffer.from(folder).toString('base64url').slice(-80)}`, {
    signal: session.signal,
    onWait: () =>
      session.reporter.emit({
        type: 'message',
        level: 'info',
        text: `another build writes ${folder}; waiting for it`,
      }),
  });
  try {
    const toolbox = options.debugShell
      ? buildOptions.toolbox.watched(debugShell(session.reporter))
      : buildOptions.toolbox;
    await buildImage({ ...buildOptions, toolbox }, prepared, folder);
    return { output: folder };
  } finally {
    await unlock();
  }
}

/** Reads everything a build needs: recipe, tools tree, lock, mirrors. */
export async function buildOptionsOf(session: Session, image: string, options: BuildCommandOptions) {
  const { store, identity, reporter, signal } = session;
  checkVersion(options.version);
  if (options.offline && options.refresh) {
    throw new UserError('usage', '--offline and --refresh cannot both be obeyed', {
      exitCode: exitCodes.usage,
    });
  }
  const set = [...options.set, ...(options.format?.length ? [`formats=[${options.format.join(',')}]`] : [])];
  const recipe = await loadRecipe(image, { imagesDir: session.imagesDir, set });
  const mirrors = mirrorsOf(options);
  const onMessage = (text: string) => reporter.emit({ type: 'message', level: 'info', text });
  await prepareMachine({ identity, signal, onMessage });
  const lock =
    options.locked === undefined ? undefined : parseLock(await readLock(options.locked), options.locked);
  const toolbox = await openToolsTree({
    store,
    identity,
    locked: lock?.tools,
    mirrors,
    offline: options.offline ?? false,
    signal,
    onMessage,
  });
  const refresh: RefreshPolicy = options.offline ? 'never' : options.refresh ? 'always' : 'auto';
  return { ...session, recipe, toolbox, lock, mirrors, refresh, version: options.version };
}

function checkVersion(version: string | undefined): void {
  if (version === undefined || (VERSION.test(version) && version.length <= VERSION_LENGTH)) return;
  throw new UserError('version-invalid', 'the version cannot be used', {
    exitCode: exitCodes.usage,
    seen: version,
    needed: `letters, digits, ".", "~" and "-", at most ${VERSION_LENGTH} characters: it becomes part of partition labels and file names`,
  });
}

async function readLock(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError('lock-missing', 'cannot read the package lock', { where: file, cause });
  });
}

function mirrorsOf(options: BuildCommandOptions): DebianMirrors | undefined {
  if (options.mirror === undefined && options.securityMirror === undefined) return undefined;
  if (options.mirror !== undefined && options.securityMirror !== undefined) {
    return {
      archive: options.mirror.replace(/\/+$/, ''),
      security: options.securityMirror.replace(/\/+$/, ''),
    };
  }
  throw new UserError('mirror-incomplete', 'both mirrors are needed', {
    exitCode: exitCodes.usage,
    seen: options.mirror === undefined ? 'only --security-mirror' : 'only --mirror',
    needed: '--mirror URI for the archive and --security-mirror URI for its security updates',
  });
}
