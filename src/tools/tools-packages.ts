/** What the tools tree holds: the packages asked for, and those that are there, dependencies included. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestBytes } from '../store/digest.ts';

export const TOOLS_SUITE = 'trixie';

/** What the tools tree is asked to hold, by what needs it. */
export const TOOLS_PACKAGES = [
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
  // The ISO.
  'xorriso',
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
  // What tests put into machines, and reach them with; the agent's runtime, and what it fetches with.
  'busybox-static',
  'openssh-client',
  'quickjs',
  'curl',
] as const;

/** Packages of the tools tree whose files become part of an image: the boot loader and the UKI's stub. */
export const TOOLS_IN_IMAGES: readonly string[] = ['systemd-boot-efi'];

/** A package of the tools tree. */
export interface ToolsPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** The packages of a tree as dpkg recorded them, sorted by name. */
export async function readToolsPackages(root: string): Promise<ToolsPackage[]> {
  const status = await readFile(join(root, 'var/lib/dpkg/status'), 'utf8');
  return status
    .split('\n\n')
    .map((paragraph) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(paragraph)?.[1] ?? '';
      return { name: field('Package'), version: field('Version'), architecture: field('Architecture') };
    })
    .filter(({ name }) => name !== '')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** SHA-256 over the names and versions of a tree's packages: part of every stage's digest. */
export function toolsDigest(packages: readonly ToolsPackage[]): string {
  return digestBytes(
    packages
      .map(({ name, version }) => `${name} ${version}`)
      .sort()
      .join('\n'),
  );
}

/** Says what is other in `found` than in `wanted`, a line a package. */
export function differingPackages(wanted: readonly ToolsPackage[], found: readonly ToolsPackage[]): string[] {
  const versions = new Map(found.map(({ name, version }) => [name, version]));
  const names = new Set(wanted.map(({ name }) => name));
  return [
    ...wanted
      .filter(({ name, version }) => versions.get(name) !== version)
      .map(({ name, version }) => `${name}: locked ${version}, found ${versions.get(name) ?? 'none'}`),
    ...found
      .filter(({ name }) => !names.has(name))
      .map(({ name, version }) => `${name}: not locked, found ${version}`),
  ];
}
