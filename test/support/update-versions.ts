/** Versions of the qemu image for tests of updates, and a repository that has them. */
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { type Manifest, manifestSchema } from '../../src/build/manifest.ts';
import { addRelease } from '../../src/release/add.ts';
import type { ReleaseContext } from '../../src/release/context.ts';
import { makeDeltas } from '../../src/release/delta.ts';
import { promote } from '../../src/release/promote.ts';

const basalt = resolve(import.meta.dirname, '../../basalt');

/** A file that goes into the image, so that its root is another one. */
export interface ImageFile {
  readonly path: string;
  readonly content: string;
  readonly mode?: string;
}

export interface VersionOptions {
  readonly files?: readonly ImageFile[];
  /** Further `--set KEY=VALUE`. */
  readonly settings?: readonly string[];
}

/** Builds a version, from what the store has of it already. @returns Its output folder. */
export async function buildVersion(
  folder: string,
  version: string,
  { files = [], settings = [] }: VersionOptions = {},
): Promise<string> {
  const output = join(folder, version);
  const set = [...settings, ...(files.length === 0 ? [] : [`files=${JSON.stringify(files)}`])];
  await execa(
    basalt,
    [
      'build',
      'qemu',
      ...['--version', version, '--output', output, '--format', 'raw'],
      ...set.flatMap((setting) => ['--set', setting]),
    ],
    { stdio: ['ignore', 2, 2] },
  );
  return output;
}

/**
 * A version whose root is not what its hash says: another one that was damaged after it was built.
 * @param damage Gets the root image, opened for writing, and its size.
 */
export async function damageRoot(
  build: string,
  damage: (file: Awaited<ReturnType<typeof open>>, sizeBytes: number) => Promise<void>,
): Promise<void> {
  const path = join(build, 'manifest.json');
  const manifest: Manifest = manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const root = manifest.artifacts.find(({ role }) => role === 'root');
  if (root === undefined) throw new Error(`${path} names no root`);
  const image = join(build, root.file);
  // Outputs share their bytes with the store.
  await cp(image, `${image}.damaged`);
  await chmod(`${image}.damaged`, 0o644);
  const file = await open(`${image}.damaged`, 'r+');
  try {
    await damage(file, root.sizeBytes);
  } finally {
    await file.close();
  }
  const sha256 = createHash('sha256')
    .update(await readFile(`${image}.damaged`))
    .digest('hex');
  await rename(`${image}.damaged`, image);
  const artifacts = manifest.artifacts.map((artifact) =>
    artifact === root ? { ...root, sha256 } : artifact,
  );
  await writeFile(path, JSON.stringify({ ...manifest, artifacts }));
}

/** Adds a build to the repository and to the channel `stable`. @param from Versions that deltas are made from. */
export async function publish(
  context: ReleaseContext,
  build: string,
  version: string,
  from: readonly string[] = [],
): Promise<void> {
  await addRelease(context, { folder: build });
  if (from.length > 0) await makeDeltas(context, { version, from: [...from] });
  await promote(context, { version, channel: 'stable' });
}

/** Makes a folder, and gives its path. */
export async function madeFolder(...parts: readonly [string, ...string[]]): Promise<string> {
  const folder = join(...parts);
  await mkdir(folder, { recursive: true });
  return folder;
}
