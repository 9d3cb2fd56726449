/**
 * The tools tree: a Debian 13 tree with every build tool, made once with the machine's mmdebstrap and kept in
 * the store. The machine's own versions of these tools never touch an image.
 */
import { mkdir, readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ToolError, UserError } from '../errors.ts';
import type { Identity } from '../exec/identity.ts';
import { removeTree } from '../exec/remove-tree.ts';
import { type Command, run } from '../exec/run.ts';
import { canonicalJson, digestBytes } from '../store/digest.ts';
import { exists, type Store } from '../store/store.ts';
import { type DebianMirrors, debianMirrorsOf, debianSources, renderSources } from './apt-sources.ts';
import { Toolbox } from './toolbox.ts';

const TOOLS_SUITE = 'trixie';

/** What the tools tree holds, by what needs it. */
const TOOLS_PACKAGES = [
  // The root image and its verity tree.
  'squashfs-tools',
  'erofs-utils',
  'cryptsetup-bin',
  // The UKI and the disk.
  'systemd-ukify',
  'systemd-boot-efi',
  'systemd-repart',
  'systemd',
  'udev',
  'dosfstools',
  'mtools',
  'e2fsprogs',
  // Packages, kernel modules, archives.
  'apt',
  'kmod',
  'cpio',
  'zstd',
  'xz-utils',
  // Machines.
  'qemu-system-x86',
  'qemu-utils',
  'ovmf',
  // What tests put into machines, and reach them with.
  'busybox-static',
  'openssh-client',
] as const;

export interface ToolsTreeOptions {
  readonly store: Store;
  readonly identity: Identity;
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
 * @throws {UserError} when mmdebstrap is missing or fails, with what to do next.
 */
export async function openToolsTree(options: ToolsTreeOptions): Promise<Toolbox> {
  const { store, identity, signal } = options;
  const root = toolsTreeRoot(store);
  const open = async () => new Toolbox(root, await manifestDigest(root), identity);
  if (await exists(root)) return open();

  const unlock = await store.lock(`tools-${basename(root)}`, {
    signal,
    onWait: () => options.onMessage('waiting for another build to make the tools tree'),
  });
  try {
    if (await exists(root)) return await open();
    if (options.offline) {
      throw new UserError('offline', 'the tools tree is not there, and --offline forbids making it', {
        next: ['run once without --offline'],
      });
    }
    options.onMessage('making the tools tree (once; takes about half a minute)');
    await makeToolsTree(root, options);
    return await open();
  } finally {
    await unlock();
  }
}

async function makeToolsTree(root: string, options: ToolsTreeOptions): Promise<void> {
  const { store, identity, signal } = options;
  const mirrors = options.mirrors ?? (await debianMirrorsOf('/'));
  const temporary = await store.makeTemporary();
  try {
    const archive = join(temporary, 'tools.tar');
    await run(mmdebstrapCommand(archive, identity, mirrors), {
      signal,
      tool: 'mmdebstrap',
      env: { TMPDIR: temporary },
      ...(mirrors === undefined
        ? {}
        : {
            input: renderSources(
              debianSources({
                mirrors,
                suite: TOOLS_SUITE,
                components: ['main'],
                updates: true,
                security: true,
              }),
            ),
          }),
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
    await mkdir(join(root, '..'), { recursive: true });
    await rename(tree, root);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new UserError('tools-tree-failed', 'cannot make the tools tree', {
      seen: `${error.message}\n${error.stderrTail}`,
      needed: `a Debian mirror with the suite ${TOOLS_SUITE}${mirrors === undefined ? '' : ` (tried ${mirrors.archive} and ${mirrors.security})`}`,
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

/**
 * Pure: the mmdebstrap command. Without known mirrors it uses its own default; with them it reads sources from stdin.
 *
 * mmdebstrap mounts the machine's /dev and /sys into the tree that it makes, and in its own modes these mounts or its
 * processes outlive it when it is killed. So it gets namespaces that end with Basalt, and is root in them.
 */
export function mmdebstrapCommand(
  archive: string,
  identity: Identity,
  mirrors: DebianMirrors | undefined,
): Command {
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
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    `--include=${TOOLS_PACKAGES.join(',')}`,
    TOOLS_SUITE,
    archive,
    ...(mirrors === undefined ? [] : ['-']),
  ];
}

async function manifestDigest(root: string): Promise<string> {
  const status = await readFile(join(root, 'var/lib/dpkg/status'), 'utf8');
  const versions = status
    .split('\n\n')
    .map((paragraph) => [/^Package: (.*)$/m.exec(paragraph)?.[1], /^Version: (.*)$/m.exec(paragraph)?.[1]])
    .filter(([name]) => name !== undefined)
    .map(([name, version]) => `${name} ${version}`)
    .sort();
  return digestBytes(versions.join('\n'));
}
