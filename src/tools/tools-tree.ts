/**
 * The tools tree: a Debian 13 tree with every build tool, made once with the machine's mmdebstrap and kept in
 * the store. The machine's own versions of these tools never touch an image.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ToolError, UserError } from '../errors.ts';
import type { Identity } from '../exec/identity.ts';
import { removeTree } from '../exec/remove-tree.ts';
import { type Command, run } from '../exec/run.ts';
import { canonicalJson, digestBytes } from '../store/digest.ts';
import { exists, type Store } from '../store/store.ts';
import { type DebianMirrors, debianMirrorsOf, debianSources, renderSources } from './apt-sources.ts';
import { Toolbox } from './toolbox.ts';
import {
  differingPackages,
  readToolsPackages,
  TOOLS_PACKAGES,
  TOOLS_SUITE,
  type ToolsPackage,
  toolsDigest,
} from './tools-packages.ts';

export interface ToolsTreeOptions {
  readonly store: Store;
  readonly identity: Identity;
  /** Exactly these packages, from a lock; otherwise the tree that is there, or the mirror's newest. */
  readonly locked?: readonly ToolsPackage[] | undefined;
  /** Overrides the mirrors that the machine's apt is configured with. */
  readonly mirrors?: DebianMirrors | undefined;
  /** Fail rather than use the network. */
  readonly offline?: boolean;
  readonly signal: AbortSignal;
  readonly onMessage: (text: string) => void;
}

/** Where this version's tools tree is, or will be made. */
export function toolsTreeRoot(store: Store): string {
  // The mirror is where the packages come from, not what they are: it is no part of the tree's name.
  const name = digestBytes(canonicalJson({ suite: TOOLS_SUITE, packages: TOOLS_PACKAGES })).slice(0, 16);
  return join(store.directory, 'tools', name);
}

/**
 * Opens the tools tree, and makes it first when it is missing (about half a minute, and some 120 MB of packages).
 * @throws {UserError} when mmdebstrap is missing or fails, or the mirror has not the locked versions any more, with what
 * to do next.
 */
export async function openToolsTree(options: ToolsTreeOptions): Promise<Toolbox> {
  const { store, identity, signal, locked } = options;
  const usual = toolsTreeRoot(store);
  const open = async (root: string) => new Toolbox(root, await readToolsPackages(root), identity);
  const found = (await exists(usual)) ? await open(usual) : undefined;
  if (found !== undefined && (locked === undefined || found.digest === toolsDigest(locked))) return found;

  // Beside the usual tree, which other builds use.
  const root = locked === undefined ? usual : `${usual}-${toolsDigest(locked).slice(0, 16)}`;
  if (await exists(root)) return open(root);
  const unlock = await store.lock(`tools-${basename(root)}`, {
    signal,
    onWait: () => options.onMessage('waiting for another build to make the tools tree'),
  });
  try {
    if (await exists(root)) return await open(root);
    if (options.offline) {
      throw new UserError('offline', 'the tools tree is not there, and --offline forbids making it', {
        ...(found === undefined || locked === undefined
          ? {}
          : { seen: listed(differingPackages(locked, found.packages)) }),
        next: ['run once without --offline'],
      });
    }
    options.onMessage(
      found === undefined
        ? 'making the tools tree (once; takes about half a minute)'
        : 'making a tools tree with the versions of the lock (once; takes about half a minute)',
    );
    await makeToolsTree(root, options);
    return await open(root);
  } finally {
    await unlock();
  }
}

async function makeToolsTree(root: string, options: ToolsTreeOptions): Promise<void> {
  const { store, identity, signal, locked } = options;
  const mirrors = options.mirrors ?? (await debianMirrorsOf('/'));
  const temporary = await store.makeTemporary();
  try {
    const archive = join(temporary, 'tools.tar');
    const preferences = locked === undefined ? undefined : join(temporary, 'preferences');
    if (preferences !== undefined) await writeFile(preferences, pins(locked ?? []));
    await run(mmdebstrapCommand({ archive, preferences, identity, mirrors }), {
      signal,
      tool: 'mmdebstrap',
      env: { TMPDIR: temporary },
      ...(mirrors === undefined ? {} : { input: renderSources(sourcesOf(mirrors)) }),
    });
    const tree = join(temporary, 'tree');
    await mkdir(tree);
    // Owned by whoever runs Basalt: the tools are only read and run, and can be removed without a namespace.
    await run(
      [
        'tar',
        '-C',
        tree,
        '--exclude=./dev/*',
        '--exclude=./var/cache/*',
        '--no-same-owner',
        '--no-same-permissions',
        '-xf',
        archive,
      ],
      { signal },
    );
    if (locked !== undefined) await checkLocked(locked, tree, mirrors);
    // A tree has its name only when all of it is on the disk: nothing looks at its content again.
    await run(['sync', '--file-system', tree], { signal });
    await mkdir(join(root, '..'), { recursive: true });
    await rename(tree, root);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new UserError('tools-tree-failed', 'cannot make the tools tree', {
      seen: `${error.message}\n${error.stderrTail}`,
      needed: `a Debian mirror with the suite ${TOOLS_SUITE}${triedText(mirrors)}`,
      where: error.commandLine,
      next: [
        'check the network, or name another mirror with --mirror URI and --security-mirror URI',
        'run ./basalt doctor',
      ],
      cause: error,
    });
  } finally {
    await removeTree(temporary, identity);
  }
}

/** Other tools may give another image: then the lock would promise what it does not hold. */
async function checkLocked(
  locked: readonly ToolsPackage[],
  tree: string,
  mirrors: DebianMirrors | undefined,
): Promise<void> {
  const differences = differingPackages(locked, await readToolsPackages(tree));
  if (differences.length === 0) return;
  throw new UserError('tools-not-locked', 'the mirror has other versions of the build tools than the lock', {
    seen: listed(differences),
    needed: `the versions that the lock names${triedText(mirrors)}`,
    next: [
      "name a mirror of Debian's snapshot archive from the date of the lock, with --mirror URI and --security-mirror URI",
      'or make a new lock with ./basalt lock IMAGE',
    ],
  });
}

function triedText(mirrors: DebianMirrors | undefined): string {
  return mirrors === undefined ? '' : ` (tried ${mirrors.archive} and ${mirrors.security})`;
}

function listed(lines: readonly string[]): string {
  const shown = lines.slice(0, 5).join('\n');
  return lines.length > 5 ? `${shown}\nand ${lines.length - 5} more` : shown;
}

function sourcesOf(mirrors: DebianMirrors) {
  return debianSources({ mirrors, suite: TOOLS_SUITE, components: ['main'], updates: true, security: true });
}

/** apt_preferences(5): 1001 makes a version the one to install, even when it is older than another. */
function pins(packages: readonly ToolsPackage[]): string {
  return packages
    .map(({ name, version }) => `Package: ${name}\nPin: version ${version}\nPin-Priority: 1001\n`)
    .join('\n');
}

export interface MmdebstrapOptions {
  /** The tar that it makes. */
  readonly archive: string;
  /** A file with apt's preferences. */
  readonly preferences: string | undefined;
  readonly identity: Identity;
  /** Without known mirrors mmdebstrap uses its own default; with them it reads sources from stdin. */
  readonly mirrors: DebianMirrors | undefined;
}

/**
 * Pure: the mmdebstrap command.
 *
 * mmdebstrap mounts the machine's /dev and /sys into the tree that it makes, and in its own modes these mounts or its
 * processes outlive it when it is killed. So it gets namespaces that end with Basalt, and is root in them.
 */
export function mmdebstrapCommand({ archive, preferences, identity, mirrors }: MmdebstrapOptions): Command {
  return [
    'setpriv',
    ...['--pdeathsig', 'KILL', '--'],
    ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
    ...(identity.kind === 'root'
      ? []
      : ['--user', '--map-root-user', '--map-auto', '--setuid=0', '--setgid=0']),
    ...['--', 'mmdebstrap', '--mode=root'],
    '--variant=apt',
    '--format=tar',
    '--aptopt=APT::Install-Recommends "false"',
    ...(preferences === undefined ? [] : [`--aptopt=Dir::Etc::Preferences "${preferences}"`]),
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    `--include=${TOOLS_PACKAGES.join(',')}`,
    TOOLS_SUITE,
    archive,
    ...(mirrors === undefined ? [] : ['-']),
  ];
}
