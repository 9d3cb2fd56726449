/** The mkosi configuration of an image like Basalt's: the same packages, a verity root, a UKI. Pure. */
import type { AptSource } from '../src/tools/apt-sources.ts';

export type MkosiFilesystem = 'squashfs' | 'erofs';

export interface MkosiImage {
  readonly packages: readonly string[];
  readonly sources: readonly AptSource[];
  readonly filesystem: MkosiFilesystem;
}

/** Folders as mkosi sees them in its sandbox. */
export const MKOSI_FOLDERS = {
  config: '/bench/config',
  output: '/bench/output',
  cache: '/bench/cache',
  scratchCache: '/bench/cache-scratch',
  packageCache: '/bench/packages',
  /** A tmpfs. */
  workspace: '/bench-work',
} as const;

/** Files of the configuration folder, by path. */
export function mkosiConfig(image: MkosiImage): ReadonlyMap<string, string> {
  return new Map([
    ['mkosi.conf', mainConfig(image)],
    ['mkosi.sandbox/etc/apt/sources.list.d/mkosi.sources', image.sources.map(deb822).join('\n')],
    [
      'mkosi.repart/00-esp.conf',
      partition({
        Type: 'esp',
        Format: 'vfat',
        CopyFiles: '/efi:/\nCopyFiles=/boot:/',
        SizeMinBytes: '512M',
        SizeMaxBytes: '512M',
      }),
    ],
    [
      'mkosi.repart/10-root.conf',
      partition({
        Type: 'root',
        Format: image.filesystem,
        Compression: 'zstd',
        CompressionLevel: '3',
        CopyFiles: '/',
        Verity: 'data',
        VerityMatchKey: 'root',
        Minimize: 'best',
      }),
    ],
    [
      'mkosi.repart/20-root-verity.conf',
      partition({ Type: 'root-verity', Verity: 'hash', VerityMatchKey: 'root', Minimize: 'best' }),
    ],
  ]);
}

function mainConfig({ packages }: MkosiImage): string {
  // systemd-boot-efi: mkosi takes the boot loader and the UKI stub out of the image.
  const names = [...packages, 'linux-image-cloud-amd64', 'systemd-boot-efi'];
  return `[Distribution]
Distribution=debian
Release=trixie

[Output]
Format=disk
ImageId=bench
Output=image
OutputDirectory=${MKOSI_FOLDERS.output}

[Content]
Bootable=yes
Bootloader=systemd-boot
UnifiedKernelImages=yes
WithDocs=no
ExtraTrees=${MKOSI_FOLDERS.config}/overlay
Packages=
${names.map((name) => `        ${name}\n`).join('')}
[Build]
CacheDirectory=${MKOSI_FOLDERS.cache}
PackageCacheDirectory=${MKOSI_FOLDERS.packageCache}
WorkspaceDirectory=${MKOSI_FOLDERS.workspace}
`;
}

function partition(settings: Readonly<Record<string, string>>): string {
  return `[Partition]\n${Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')}`;
}

/** Without this file mkosi would add Debian's archive of debug packages, which few mirrors have. */
function deb822({ uri, suite, components, keyring }: AptSource): string {
  return `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: ${components.join(' ')}\nSigned-By: ${keyring}\n`;
}
