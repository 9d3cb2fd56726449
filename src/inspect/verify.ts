/** Checks an artifact against everything that is said about it, for `basalt verify`. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Artifact, Manifest } from '../build/manifest.ts';
import { UserError } from '../errors.ts';
import { checkQcow2 } from '../tools/qemu-img.ts';
import { type ArtifactPlace, pathOf } from './artifact.ts';
import { type Check, check } from './check.ts';
import { withRawDisk } from './disk.ts';
import { folderOf, readOutputFolder } from './output-folder.ts';
import { verifyDigest, verifyDigests } from './verify-digests.ts';
import { verifyDisk } from './verify-disk.ts';
import { verifyPair } from './verify-tree.ts';
import { verifyUki } from './verify-uki.ts';
import type { Workshop } from './workshop.ts';

/** The result of `verify`; with `--json` it is printed as it is (docs/reference/json.md). */
export interface Verification {
  readonly artifact: string;
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/**
 * Checks an artifact. Damage is a failed check, not an error.
 * @throws {UserError} when the artifact never was one: not a disk, not an output folder.
 */
export async function verifyArtifact(workshop: Workshop, place: ArtifactPlace): Promise<Verification> {
  const checks =
    place.kind === 'folder' ? await verifyFolder(workshop, place.folder) : await verifyFile(workshop, place);
  return { artifact: pathOf(place), ok: checks.every(({ outcome }) => outcome !== 'failed'), checks };
}

async function verifyFolder(workshop: Workshop, folder: string): Promise<readonly Check[]> {
  const { manifest, problem } = await readManifest(folder);
  const checks: Check[] = [check({ file: 'manifest.json' }, 'can be read', problem)];
  checks.push(...(await verifyDigests(folder, manifest, workshop.signal)));
  if (manifest === undefined) return checks;

  const find = (role: Artifact['role']) => manifest.artifacts.find((artifact) => artifact.role === role);
  const [root, verity, uki] = [find('root'), find('verity'), find('uki')];
  if (root && verity && (await present(folder, root)) && (await present(folder, verity))) {
    checks.push(
      await verifyPair(workshop, {
        subject: { file: root.file },
        data: { file: join(folder, root.file), offset: 0, sizeBytes: root.sizeBytes },
        hashes: { file: join(folder, verity.file), offset: 0, sizeBytes: verity.sizeBytes },
        rootHash: manifest.rootHash,
      }),
    );
  }
  if (uki && (await present(folder, uki)))
    checks.push(...(await verifyUki(join(folder, uki.file), manifest)));
  for (const disk of manifest.artifacts.filter(({ role }) => role === 'disk')) {
    if (await present(folder, disk))
      checks.push(...(await verifyDiskFile(workshop, join(folder, disk.file), disk.format, manifest)));
  }
  return checks;
}

async function verifyFile(
  workshop: Workshop,
  place: Exclude<ArtifactPlace, { kind: 'folder' }>,
): Promise<readonly Check[]> {
  const manifest = (await folderOf(place.path))?.manifest;
  const known = manifest?.artifacts.find(({ file }) => file === basename(place.path));
  const digests =
    known === undefined ? [] : [await verifyDigest(dirname(place.path), known, workshop.signal)];
  const rest =
    place.kind === 'uki'
      ? await verifyUki(place.path, manifest)
      : await verifyDiskFile(workshop, place.path, place.format, manifest);
  return [...digests, ...rest];
}

async function verifyDiskFile(
  workshop: Workshop,
  path: string,
  format: string,
  manifest: Manifest | undefined,
): Promise<readonly Check[]> {
  const name = basename(path);
  const checks: Check[] = [];
  if (format === 'qcow2') {
    const problem = await qcow2Problem(workshop, path);
    checks.push(check({ file: name }, 'its QCOW2 tables are sound', problem));
    if (problem !== undefined) return checks;
  } else if (format !== 'raw') return [];
  const expected = {
    ukiSha256: manifest?.artifacts.find(({ role }) => role === 'uki')?.sha256,
    rootHash: manifest?.rootHash,
  };
  const disk = { path, format: format as 'raw' | 'qcow2' };
  checks.push(...(await withRawDisk(workshop, disk, (raw) => verifyDisk(workshop, raw, name, expected))));
  return checks;
}

async function qcow2Problem(workshop: Workshop, path: string): Promise<string | undefined> {
  try {
    const { errors } = await checkQcow2(await workshop.toolbox(), path, workshop.signal);
    return errors === 0
      ? undefined
      : `${errors} clusters are missing or damaged: the file may have been cut short`;
  } catch (error) {
    if (error instanceof UserError && error.code === 'qcow2-damaged') return error.seen ?? error.message;
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

/** A missing file was reported by its digest already. */
async function present(folder: string, { file }: Artifact): Promise<boolean> {
  return stat(join(folder, file)).then(
    () => true,
    () => false,
  );
}
