/** Which files a build leaves in its output folder, and which stage makes each. */
import { diskFormats, formatCatalogue, stageOfFormat } from '../formats/catalogue.ts';
import { type LiveFormat, liveCatalogue, liveFormats } from '../formats/live.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { ArtifactRole } from './manifest.ts';
import type { OutputName } from './output.ts';

/** A file of the output folder and where its content comes from. */
export interface StageOutput extends OutputName {
  /** Id of the stage. */
  readonly stage: string;
  /** Which of the stage's outputs. */
  readonly output: string;
}

/** The files of a build that stages make, in the order of the manifest. */
export function outputNames(image: string, version: string, recipe: Recipe): StageOutput[] {
  const file = (extension: string, role: ArtifactRole, format: string, stage: string, output: string) => ({
    file: `${image}_${version}.${extension}`,
    role,
    format,
    stage,
    output,
  });
  return [
    file('root', 'root', recipe.compression.filesystem, 'root', 'image'),
    file('verity', 'verity', 'dm-verity', 'verity', 'hashes'),
    file('efi', 'uki', 'pe', 'uki', 'uki'),
    // For PXE, and to probe KVM with.
    file('vmlinuz', 'kernel', 'linux', 'kernel', 'vmlinuz'),
    ...diskFormats
      .filter((format) => recipe.formats.includes(format))
      .map((format) =>
        file(formatCatalogue[format].extension, 'disk', format, stageOfFormat(format), format),
      ),
    ...liveFormats
      .filter((format) => recipe.formats.includes(format))
      .map((format) => file(liveCatalogue[format].extension, roleOfLive[format], format, format, format)),
  ];
}

const roleOfLive: Readonly<Record<LiveFormat, ArtifactRole>> = {
  pxe: 'initrd',
  'live-uki': 'live',
  iso: 'live',
};
