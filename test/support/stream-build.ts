/** Made-up builds for streams: an output folder with manifest, sums, lock and bill of materials. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact } from '../../src/build/manifest.ts';
import { formatLock, type Lock, type LockedPackage } from '../../src/packages/lock.ts';
import { digestBytes } from '../../src/store/digest.ts';
import { madeUpManifest } from './made-up-manifest.ts';

export interface StreamBuildContent {
  readonly image?: string;
  readonly version: string;
  /** Name → version. */
  readonly packages: Readonly<Record<string, string>>;
  /** Name → SHA-256 of its .deb; made up for others. */
  readonly digests?: Readonly<Record<string, string>>;
  /** Of the raw disk; other bytes for other versions. */
  readonly diskBytes?: number;
  /** Whether there is a live system: an ISO, a UKI, and an initrd for PXE. */
  readonly live?: boolean;
}

/** @returns The output folder. */
export async function makeStreamBuild(parent: string, content: StreamBuildContent): Promise<string> {
  const { image = 'qemu', version, packages, diskBytes = 100_000, live = false, digests = {} } = content;
  const folder = join(parent, image, version);
  await mkdir(folder, { recursive: true });
  const artifacts: Artifact[] = [];
  const place = async (file: string, role: Artifact['role'], format: string, bytes: Buffer) => {
    await writeFile(join(folder, file), bytes);
    artifacts.push({ file, role, format, sizeBytes: bytes.length, sha256: digestBytes(bytes) });
  };
  const name = `${image}_${version}`;
  await place(`${name}.raw`, 'disk', 'raw', Buffer.alloc(diskBytes, `${image} ${version}`));
  await place(`${name}.raw.zst`, 'disk', 'raw.zst', Buffer.from(`packed ${image} ${version}`));
  if (live) {
    await place(`${name}.vmlinuz`, 'kernel', 'linux', Buffer.from(`kernel ${version}`));
    await place(`${name}.live.initrd`, 'initrd', 'pxe', Buffer.from(`initrd ${image} ${version}`));
    await place(`${name}.live.efi`, 'live', 'live-uki', Buffer.from(`uki ${image} ${version}`));
    await place(`${name}.iso`, 'live', 'iso', Buffer.from(`iso ${image} ${version}`));
  }
  await place(
    'packages.lock.json',
    'lock',
    'json',
    Buffer.from(formatLock(lockOf(image, packages, digests))),
  );
  await place('sbom.cdx.json', 'sbom', 'cyclonedx-json', Buffer.from('{}\n'));
  const manifest = madeUpManifest(
    {
      image,
      version,
      rootHash: digestBytes(version),
      ...(live && { liveCommandLine: `basalt.live roothash=${digestBytes(version)}` }),
      packageSizes: Object.keys(packages).map((each) => ({ name: each, sizeBytes: 1000 * each.length })),
    },
    artifacts,
  );
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeFile(join(folder, 'manifest.json'), text);
  const sums = [
    ...artifacts.map(({ file, sha256 }) => `${sha256}  ${file}`),
    `${digestBytes(text)}  manifest.json`,
  ];
  await writeFile(join(folder, 'SHA256SUMS'), `${sums.join('\n')}\n`);
  return folder;
}

/** A lock of packages that are not there. */
function lockOf(
  image: string,
  packages: Readonly<Record<string, string>>,
  digests: Readonly<Record<string, string>>,
): Lock {
  const root: LockedPackage[] = Object.entries(packages).map(([name, version]) => ({
    name,
    version,
    architecture: 'amd64',
    sha256: digests[name] ?? digestBytes(`${name} ${version}`),
    sizeBytes: 1000,
    installedSizeBytes: 2000,
    uri: `http://mirror.invalid/${name}`,
    essential: false,
    depends: [],
    preDepends: [],
    provides: [],
  }));
  return {
    basaltLock: 1,
    image,
    suite: 'trixie',
    architecture: 'amd64',
    epoch: 1_790_000_000,
    request: digestBytes('request'),
    root,
    initrd: [],
    kernel: [],
    live: [],
    tools: [],
  };
}
