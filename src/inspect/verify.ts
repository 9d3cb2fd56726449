/** Checks an artifact against everything that is said about it, for `basalt verify`. */
import { basename, dirname, join } from 'node:path';
import type { Artifact, Manifest } from '../build/manifest.ts';
import { UserError } from '../errors.ts';
import { diskFileFormats } from '../formats/disk-file.ts';
import { exists } from '../store/store.ts';
import { checkTables, hasTables, type TabledFormat } from '../tools/qemu-img.ts';
import type { ArtifactPlace } from './artifact.ts';
import { type Check, check } from './check.ts';
import { withRawDisk } from './disk.ts';
import { folderOf, readOutputFolder } from './output-folder.ts';
import { filesOnlyInSums, verifyDigest, verifySums } from './verify-digests.ts';
import { verifyDisk } from './verify-disk.ts';
import { verifyPair } from './verify-tree.ts';
import { verifyUki } from './verify-uki.ts';
import type { Workshop } from './workshop.ts';

/** What a file of a folder is checked with. */
interface Place {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Checks an artifact, and tells each check as it is done. Damage is a failed check, not an error.
 * @throws {UserError} when the artifact never was one: not a disk, not an output folder.
 */
export function verifyArtifact(workshop: Workshop, place: ArtifactPlace): AsyncGenerator<Check> {
  return place.kind === 'folder' ? verifyFolder(workshop, place.folder) : verifyFile(workshop, place);
}

async function* verifyFolder(workshop: Workshop, folder: string): AsyncGenerator<Check> {
  const { signal } = workshop;
  const { manifest, problem } = await readManifest(folder);
  yield check({ file: 'manifest.json' }, 'can be read', problem);
  for (const file of await filesOnlyInSums(folder, manifest)) yield await verifyDigest(folder, file, signal);
  yield await verifySums(folder, manifest);
  for (const artifact of manifest?.artifacts ?? []) {
    yield await verifyDigest(folder, artifact, signal);
    // A missing file was told by its digest.
    if (manifest && (await exists(join(folder, artifact.file))))
      yield* await verifyContent(workshop, artifact, { folder, manifest });
  }
}

/** Checks what the digest does not say: that the parts of a build belong together. */
async function verifyContent(
  workshop: Workshop,
  { role, file, format, sizeBytes }: Artifact,
  { folder, manifest }: Place,
): Promise<readonly Check[]> {
  switch (role) {
    case 'root': {
      const verity = manifest.artifacts.find((artifact) => artifact.role === 'verity');
      if (verity === undefined || !(await exists(join(folder, verity.file)))) return [];
      const data = { file: join(folder, file), offset: 0, sizeBytes };
      const hashes = { file: join(folder, verity.file), offset: 0, sizeBytes: verity.sizeBytes };
      return [await verifyPair(workshop, { subject: { file }, data, hashes, rootHash: manifest.rootHash })];
    }
    case 'uki':
      return verifyUki(join(folder, file), manifest);
    case 'disk':
      return verifyDiskFile(workshop, join(folder, file), format, manifest);
    default:
      return [];
  }
}

async function* verifyFile(
  workshop: Workshop,
  place: Exclude<ArtifactPlace, { kind: 'folder' }>,
): AsyncGenerator<Check> {
  const manifest = (await folderOf(place.path))?.manifest;
  const known = manifest?.artifacts.find(({ file }) => file === basename(place.path));
  if (known !== undefined) yield await verifyDigest(dirname(place.path), known, workshop.signal);
  yield* place.kind === 'uki'
    ? await verifyUki(place.path, manifest)
    : await verifyDiskFile(workshop, place.path, place.format, manifest);
}

async function verifyDiskFile(
  workshop: Workshop,
  path: string,
  format: string,
  manifest: Manifest | undefined,
): Promise<readonly Check[]> {
  const name = basename(path);
  const checks: Check[] = [];
  // What packs a disk together with other things, or compresses it as a whole, has its digest alone.
  const known = diskFileFormats.find((each) => each === format);
  if (known === undefined) return [];
  if (hasTables(known)) {
    const problem = await tablesProblem(workshop, path, known);
    checks.push(check({ file: name }, `its ${known.toUpperCase()} tables are sound`, problem));
    if (problem !== undefined) return checks;
  }
  const expected = {
    ukiSha256: manifest?.artifacts.find(({ role }) => role === 'uki')?.sha256,
    rootHash: manifest?.rootHash,
  };
  const disk = { path, format: known };
  checks.push(...(await withRawDisk(workshop, disk, (raw) => verifyDisk(workshop, raw, path, expected))));
  return checks;
}

async function tablesProblem(
  workshop: Workshop,
  path: string,
  format: TabledFormat,
): Promise<string | undefined> {
  try {
    const { errors } = await checkTables(await workshop.toolbox(), { path, format }, workshop.signal);
    return errors === 0
      ? undefined
      : `${errors} clusters are missing or damaged: the file may have been cut short`;
  } catch (error) {
    if (error instanceof UserError && error.code === 'disk-damaged') return error.seen ?? error.message;
    throw error;
  }
}

/** A manifest that is missing means that this is no output folder; a damaged one is a finding. */
async function readManifest(
  folder: string,
): Promise<{ readonly manifest: Manifest | undefined; readonly problem: string | undefined }> {
  try {
    return { manifest: (await readOutputFolder(folder)).manifest, problem: undefined };
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'manifest-invalid') throw error;
    return { manifest: undefined, problem: [error.message, error.seen].filter(Boolean).join(': ') };
  }
}
