/** The stages of the live system: the image in memory, with the installer. */

import { guidFromDigest } from '../disk/guid.ts';
import { isoVolume } from '../disk/iso-volume.ts';
import { liveCatalogue, withLiveSources } from '../formats/live.ts';
import type { Lock } from '../packages/lock.ts';
import { unpackOrder } from '../packages/order.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { digestBytes } from '../store/digest.ts';
import type { NamedFile } from './catalogue.ts';
import type { Parts } from './parts.ts';
import type { PlanBuilder } from './plan.ts';

/**
 * What makes the live system of the image's kernel and root, besides the root hash. The root and its hash tree are
 * behind loop devices, which the initrd attaches (templates/boot/dracut/90basalt/live-generator).
 */
const LIVE_ARGUMENTS = [
  'basalt.live',
  'systemd.verity_root_data=/dev/loop0',
  'systemd.verity_root_hash=/dev/loop1',
  'systemd.unit=basalt-live.target',
  // Of no other use: with it the kernel's EFI stub does not place the kernel at random in physical memory, where on a machine of
  // 1 GiB it often leaves no room for the initrd in one piece. Its virtual addresses are random all the same.
  'hugepages=0',
] as const;

const INSTALLER = '/usr/lib/basalt/installer';

export interface LiveInput {
  readonly recipe: Recipe;
  readonly parts: Pick<Parts, 'live' | 'liveLoaderConf' | 'loaderConf'>;
  readonly lock: Lock;
  /** The image's repart.d(5) files, rendered. */
  readonly definitions: readonly NamedFile[];
  readonly osRelease: string;
  readonly version: string;
  readonly epoch: number;
  /** Keeps a text as a source, and gives its digest. */
  readonly text: (value: string) => string;
}

/** Adds the stages of the wanted live formats, and of those that they are made of. */
export function addLive(builder: PlanBuilder, input: LiveInput): void {
  const { recipe, parts, lock, definitions, osRelease, version, epoch, text } = input;
  const formats = withLiveSources(recipe.formats);
  if (formats.length === 0) return;
  const file = (path: string, value: string): NamedFile => ({ path, mode: 0o644, sha256: text(value) });
  const packages = builder.add(
    'fetch',
    'Fetch live packages',
    { objects: lock.live.map(({ sha256 }) => sha256).sort() },
    {},
    'fetch-live',
  );
  const extension = builder.add(
    'extension',
    'Installer',
    {
      epoch,
      image: recipe.name,
      version,
      order: unpackOrder(lock.live).order.map(({ sha256 }) => sha256),
      trim: recipe.trim,
      files: [
        ...parts.live,
        file(`${INSTALLER}/boot/loader/loader.conf`, parts.loaderConf),
        ...definitions.map((each) => ({ ...each, path: `${INSTALLER}/definitions/${each.path}` })),
      ],
      ukiName: `basalt_${version}.efi`,
    },
    { packages, root: 'root', verity: 'verity', uki: 'uki' },
  );
  const own = [...recipe.kernel.arguments, ...recipe.live.arguments];
  const rootType = `rootfstype=${recipe.compression.filesystem}`;
  for (const format of formats) {
    const { title } = liveCatalogue[format];
    switch (format) {
      case 'pxe':
        builder.add(
          format,
          title,
          { epoch, arguments: [...LIVE_ARGUMENTS, ...own, rootType] },
          { root: 'root', verity: 'verity', initrd: 'initrd', extension },
        );
        break;
      case 'live-uki':
        builder.add(format, title, { epoch, osRelease }, { kernel: 'kernel', pxe: 'pxe' });
        break;
      case 'iso':
        builder.add(
          format,
          title,
          {
            epoch,
            volume: isoVolume(recipe.name, version),
            ukiName: `basalt-live_${version}.efi`,
            espFiles: [file('loader/loader.conf', parts.liveLoaderConf)],
            guid: guidFromDigest(digestBytes(`basalt iso ${recipe.name} ${version}`)),
          },
          { 'live-uki': 'live-uki' },
        );
    }
  }
}
