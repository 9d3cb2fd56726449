/**
 * The programs that provisioning needs besides the tools tree: dnsmasq and iPXE, as Debian has them. They lie in a tree of
 * their own, made once and kept in the store: the tools tree's digest is part of every image, and must not change with them.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Identity } from '../exec/identity.ts';
import { removeTree } from '../exec/remove-tree.ts';
import { Downloads } from '../packages/downloads.ts';
import { canonicalJson, digestBytes } from '../store/digest.ts';
import { exists, type Store } from '../store/store.ts';
import { Apt, type AptDownload } from '../tools/apt.ts';
import { debianMirrorsOf, debianSources } from '../tools/apt-sources.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { TOOLS_SUITE } from '../tools/tools-packages.ts';

/** dnsmasq without its service files, and iPXE's boot programs. */
const PROGRAM_PACKAGES = ['dnsmasq-base', 'ipxe'] as const;

const LISTS_GOOD_FOR_MS = 24 * 3600 * 1000;

/** Where iPXE's boot programs are in the tree. */
const IPXE_FOLDER = 'usr/lib/ipxe';

export interface Programs {
  /** Folder of the tree. */
  readonly root: string;
  /** Folder with `snponly.efi`, `ipxe.efi`, `undionly.kpxe`. */
  readonly ipxe: string;
}

export interface ProgramsOptions {
  readonly store: Store;
  readonly toolbox: Toolbox;
  readonly identity: Identity;
  readonly signal: AbortSignal;
  readonly onMessage: (text: string) => void;
}

/** Where this version's programs are, or will be. Libraries that the tools tree has are not in it again. */
function programsRoot(store: Store, toolbox: Toolbox): string {
  const name = digestBytes(canonicalJson({ packages: PROGRAM_PACKAGES, tools: toolbox.digest })).slice(0, 16);
  return join(store.directory, 'tools', `provision-${name}`);
}

/**
 * Opens the programs, and fetches them first when they are missing (some 5 MB of packages).
 * @throws {UserError} when no mirror of Debian is known. @throws {ToolError} when it cannot be reached.
 */
export async function openPrograms(options: ProgramsOptions): Promise<Programs> {
  const { store, toolbox, signal, onMessage } = options;
  const root = programsRoot(store, toolbox);
  const programs = { root, ipxe: join(root, IPXE_FOLDER) };
  if (await exists(root)) return programs;
  const unlock = await store.lock('tools-provision', {
    signal,
    onWait: () => onMessage('waiting for another server to fetch dnsmasq and iPXE'),
  });
  try {
    if (await exists(root)) return programs;
    onMessage('fetching dnsmasq and iPXE (once)');
    await makeTree(root, options);
    return programs;
  } finally {
    await unlock();
  }
}

async function makeTree(root: string, options: ProgramsOptions): Promise<void> {
  const { store, toolbox, identity, signal } = options;
  const wanted = await solve(options);
  const downloads = new Downloads(store);
  await Promise.all(wanted.map((each) => downloads.fetch(each, signal, () => undefined)));
  const temporary = await store.makeTemporary();
  try {
    const tree = join(temporary, 'tree');
    await mkdir(join(tree, 'var/lib/dpkg'), { recursive: true });
    await toolbox.run(['sh', '-euc', 'for deb in /in/*; do dpkg-deb -x "$deb" /out; done'], {
      signal,
      tool: 'dpkg-deb',
      binds: [
        ...wanted.map(({ sha256 }) => ({ source: store.objectPath(sha256), target: `/in/${sha256}` })),
        { source: tree, target: '/out', writable: true },
      ],
    });
    await writeFile(join(tree, 'var/lib/dpkg/status'), wanted.map(statusOf).join('\n'));
    await rename(tree, root);
  } finally {
    await removeTree(temporary, identity);
  }
}

/** The packages with what they depend on, as far as the tools tree has it not. */
async function solve({ store, toolbox, signal }: ProgramsOptions): Promise<AptDownload[]> {
  const mirrors = (await debianMirrorsOf('/')) ?? (await debianMirrorsOf(toolbox.root));
  if (mirrors === undefined) {
    throw new UserError('mirror-unknown', 'no Debian mirror is known to fetch dnsmasq and iPXE from', {
      needed: `an apt source with Debian's archive, on this machine or in ${toolbox.root}`,
      next: ['add one to /etc/apt/sources.list'],
    });
  }
  const sources = debianSources({
    mirrors,
    suite: TOOLS_SUITE,
    components: ['main'],
    updates: true,
    security: true,
  });
  const directory = join(store.directory, 'lists', digestBytes(canonicalJson(sources)).slice(0, 16));
  const unlock = await store.lock(`lists-${digestBytes(directory).slice(0, 16)}`, { signal });
  try {
    const apt = new Apt({ toolbox, directory, sources, architecture: 'amd64', binds: [], signal });
    const fetchedAt = await apt.listsFetchedAt();
    if (fetchedAt === undefined) await apt.prepare();
    // Old lists name packages that a mirror has not any more.
    if (fetchedAt === undefined || Date.now() - fetchedAt > LISTS_GOOD_FOR_MS) await apt.update();
    const installed = new Set(toolbox.packages.map(({ name }) => name));
    return (await apt.solve(PROGRAM_PACKAGES)).filter(({ exactName }) => !installed.has(nameOf(exactName)));
  } finally {
    await unlock();
  }
}

function nameOf(exactName: string): string {
  return exactName.slice(0, exactName.indexOf('='));
}

/** A record as dpkg has it, so that the tree tells what is in it. */
function statusOf({ exactName }: AptDownload): string {
  const name = nameOf(exactName);
  return `Package: ${name}\nStatus: install ok unpacked\nVersion: ${exactName.slice(name.length + 1)}\nArchitecture: amd64\n`;
}
