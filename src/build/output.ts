/** Puts a finished build into its output folder: copies what changed, verifies what is there. */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../exec/run.ts';
import { digestBytes, digestFile } from '../store/digest.ts';
import { type Store, type StoredObject, writeFileAtomically } from '../store/store.ts';
import type { Artifact, ArtifactRole, Manifest } from './manifest.ts';

/** A file of a build before it has a name in the output folder. */
export interface OutputFile {
  readonly file: string;
  readonly role: ArtifactRole;
  readonly format: string;
  readonly object: StoredObject;
}

/** Copies an object of the store to the output folder, unless the same content is there already. */
export async function placeFile(
  store: Store,
  folder: string,
  output: OutputFile,
  signal: AbortSignal,
): Promise<Artifact> {
  const { file, role, format, object } = output;
  const target = join(folder, file);
  const found = await stat(target).catch(() => undefined);
  if (found?.size !== object.sizeBytes || (await digestFile(target, signal)) !== object.sha256) {
    const temporary = `${target}.${process.pid}.tmp`;
    try {
      await copySparse(store.objectPath(object.sha256), temporary);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
  return { file, role, format, sizeBytes: object.sizeBytes, sha256: object.sha256 };
}

/** Writes a text artifact. */
export async function placeText(
  folder: string,
  file: string,
  role: ArtifactRole,
  format: string,
  text: string,
): Promise<Artifact> {
  const target = join(folder, file);
  const present = await readFile(target, 'utf8').catch(() => undefined);
  if (present !== text) await writeFileAtomically(target, text);
  return { file, role, format, sizeBytes: Buffer.byteLength(text), sha256: digestBytes(text) };
}

/** Writes manifest.json and SHA256SUMS, in this order: the sums cover everything else. */
export async function placeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeFileAtomically(join(folder, 'manifest.json'), text);
  const sums = [
    ...manifest.artifacts.map(({ file, sha256 }) => `${sha256}  ${file}`),
    `${digestBytes(text)}  manifest.json`,
  ];
  await writeFileAtomically(join(folder, 'SHA256SUMS'), `${sums.join('\n')}\n`);
}

/** Copies a file, sharing blocks where the file system can, and keeping holes otherwise. */
async function copySparse(source: string, target: string): Promise<void> {
  await mkdir(join(target, '..'), { recursive: true });
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
  } catch {
    await rm(target, { force: true });
    await run(['cp', '--sparse=auto', '--no-preserve=mode', source, target]);
  }
  await chmod(target, 0o644);
}
