/** A Debian 13 tree with mkosi and every tool it calls, made once and kept in the store's `bench` folder. */
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../src/store/store.ts';
import { type AptSource, debianMirrorsOf, debianSources, renderSources } from '../src/tools/apt-sources.ts';
import { timed } from './timed.ts';

/** What mkosi depends on comes by itself; the rest is what it calls for this configuration. */
const PACKAGES = [
  'mkosi',
  'systemd-repart',
  'systemd-ukify',
  'systemd-boot-efi',
  'udev',
  'squashfs-tools',
  'erofs-utils',
  'dosfstools',
  'mtools',
  'apt',
  'cpio',
  'zstd',
  'kmod',
  'bubblewrap',
];

/** The archives both builders use. */
export async function benchSources(): Promise<readonly AptSource[]> {
  const mirrors = await debianMirrorsOf('/');
  if (mirrors === undefined)
    throw new Error("this machine's apt names no Debian mirror, which both builders need");
  return debianSources({ mirrors, suite: 'trixie', components: ['main'], updates: true, security: true });
}

/**
 * Opens the tree, and makes it first when it is missing.
 * @returns Its folder, and mkosi's version.
 */
export async function openMkosiTree(
  folder: string,
  say: (text: string) => void,
): Promise<{ readonly root: string; readonly version: string }> {
  const root = join(folder, 'mkosi-tree');
  if (!(await exists(root))) {
    say('making the tree that mkosi runs in (once)');
    await makeTree(folder, root);
  }
  const status = await readFile(join(root, 'var/lib/dpkg/status'), 'utf8');
  const paragraph = status.split('\n\n').find((text) => text.startsWith('Package: mkosi\n')) ?? '';
  return { root, version: /^Version: (.*)$/m.exec(paragraph)?.[1] ?? 'unknown' };
}

async function makeTree(folder: string, root: string): Promise<void> {
  const archive = join(folder, 'mkosi-tree.tar');
  const partial = `${root}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await timed(
    [
      'mmdebstrap',
      '--mode=root',
      '--variant=apt',
      '--format=tar',
      '--aptopt=APT::Install-Recommends "false"',
      '--dpkgopt=path-exclude=/usr/share/man/*',
      '--dpkgopt=path-exclude=/usr/share/doc/*',
      '--dpkgopt=path-exclude=/usr/share/locale/*',
      `--include=${PACKAGES.join(',')}`,
      'trixie',
      archive,
      '-',
    ],
    { input: renderSources(await benchSources()) },
  );
  await timed(['tar', '-C', partial, '--exclude=./dev/*', '--exclude=./var/cache/*', '-xf', archive]);
  await rm(archive);
  await rename(partial, root);
}
