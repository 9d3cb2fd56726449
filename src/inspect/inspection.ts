/** Everything worth knowing about an artifact, for `basalt inspect`. */
import { basename, join } from 'node:path';
import type { Artifact, Manifest } from '../build/manifest.ts';
import { type DiskFileFormat, diskFileFormats } from '../formats/disk-file.ts';
import { type ArtifactPlace, pathOf } from './artifact.ts';
import { type DiskReading, readDisk, withRawDisk } from './disk.ts';
import { withFile } from './file-reader.ts';
import { folderOf, readOutputFolder } from './output-folder.ts';
import { readUki, type Uki } from './uki.ts';
import type { Workshop } from './workshop.ts';

/** The result of `inspect`; with `--json` it is printed as it is (docs/reference/json.md). */
export interface Inspection {
  readonly artifact: string;
  readonly kind: ArtifactPlace['kind'];
  /** From the manifest, of the folder or beside the file. */
  readonly manifest: Manifest | undefined;
  readonly disk: (DiskReading & { readonly file: string; readonly format: DiskFileFormat }) | undefined;
  readonly uki: (Uki & { readonly file: string }) | undefined;
}

/**
 * Reads an artifact.
 * @throws {UserError} when it is not what it seems, or is too damaged to be read.
 */
export async function inspectArtifact(workshop: Workshop, place: ArtifactPlace): Promise<Inspection> {
  const output = place.kind === 'folder' ? await readOutputFolder(place.folder) : await folderOf(place.path);
  const disk = place.kind === 'folder' ? diskOf(place.folder, output?.manifest.artifacts ?? []) : place;
  const uki = place.kind === 'uki' ? place.path : undefined;
  return {
    artifact: pathOf(place),
    kind: place.kind,
    manifest: output?.manifest,
    disk: disk?.kind === 'disk' ? await inspectDisk(workshop, disk) : undefined,
    uki: uki === undefined ? undefined : await inspectUki(uki),
  };
}

/** The disk to look at in a folder: the raw one, which needs no converting, if there is one. */
function diskOf(
  folder: string,
  artifacts: readonly Artifact[],
): Extract<ArtifactPlace, { kind: 'disk' }> | undefined {
  for (const format of diskFileFormats) {
    const found = artifacts.find((artifact) => artifact.role === 'disk' && artifact.format === format);
    if (found !== undefined) return { kind: 'disk', path: join(folder, found.file), format };
  }
  return undefined;
}

async function inspectDisk(workshop: Workshop, disk: Extract<ArtifactPlace, { kind: 'disk' }>) {
  return withRawDisk(workshop, disk, async (path) => ({
    file: basename(disk.path),
    format: disk.format,
    ...(await readDisk(workshop, path, disk.path)),
  }));
}

async function inspectUki(path: string) {
  return withFile(path, async ({ read, sizeBytes }) => ({
    file: basename(path),
    ...(await readUki(read, sizeBytes, path)),
  }));
}
