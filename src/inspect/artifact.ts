/** What an ARTIFACT argument of the command line names. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { type DiskFileFormat, formatOfFile } from '../formats/disk-file.ts';
import { withFile } from './file-reader.ts';
import { buildsOf, builtImages } from './output-folder.ts';

/** Something that can be inspected and verified. Paths are absolute. */
export type ArtifactPlace =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'disk'; readonly path: string; readonly format: DiskFileFormat }
  | { readonly kind: 'uki'; readonly path: string };

/**
 * Finds what an argument names: the output folder of a build or its manifest.json, a disk image, a UKI, or, for the
 * bare name of an image, its newest output folder.
 * @param outDir The folder of all output folders.
 * @throws {UserError} `artifact-missing`.
 */
export async function findArtifact(argument: string, outDir: string): Promise<ArtifactPlace> {
  if (/^[\w-]+$/.test(argument)) {
    const newest = (await buildsOf(outDir, argument))[0];
    if (newest !== undefined) return { kind: 'folder', folder: newest.folder };
  }
  const path = resolve(argument);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw await missing(argument, outDir);
  if (found.isDirectory()) return { kind: 'folder', folder: path };
  if (basename(path) === 'manifest.json') return { kind: 'folder', folder: dirname(path) };
  const { start, format } = await withFile(path, async (file) => ({
    start: await file.read(0, 2),
    format: await formatOfFile(file),
  }));
  if (start.toString('latin1') === 'MZ') return { kind: 'uki', path };
  // Of whatever else it is, reading its partition table says what was seen.
  return { kind: 'disk', path, format };
}

/** The file or folder, as one path. */
export function pathOf(place: ArtifactPlace): string {
  return place.kind === 'folder' ? place.folder : place.path;
}

async function missing(argument: string, outDir: string): Promise<UserError> {
  const images = await builtImages(outDir);
  return new UserError('artifact-missing', `there is no artifact "${argument}"`, {
    seen: `no such file or folder, and no built image of that name in ${outDir}`,
    needed: `a disk image, a UKI, an output folder or its manifest.json, or the name of a built image${images.length === 0 ? '' : `: ${images.join(', ')}`}`,
    next: [`look at what was built with ./basalt list`, `look in ${join(outDir, 'IMAGE/VERSION')}`],
  });
}
