/** Output folders: manifest.json, SHA256SUMS, and the folders there are. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Manifest, manifestSchema } from '../build/manifest.ts';
import { UserError } from '../errors.ts';

/** A finished build on disk. */
export interface OutputFolder {
  readonly folder: string;
  readonly manifest: Manifest;
  /** When its manifest was written, in ms since 1970. */
  readonly builtAt: number;
}

/**
 * Reads the manifest of an output folder.
 * @throws {UserError} `manifest-missing` or `manifest-invalid`.
 */
export async function readOutputFolder(folder: string): Promise<OutputFolder> {
  const file = join(folder, 'manifest.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError('manifest-missing', 'this is not the output folder of a build', {
      seen: 'no manifest.json that can be read',
      where: folder,
      next: ['name a folder such as out/IMAGE/VERSION, or build one with ./basalt build IMAGE'],
      cause,
    });
  });
  const { mtimeMs } = await stat(file);
  return { folder, manifest: parseManifest(text, file), builtAt: mtimeMs };
}

function parseManifest(text: string, file: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('manifest-invalid', 'the manifest is not JSON', { where: file, cause });
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError('manifest-invalid', 'the manifest cannot be used', {
    where: file,
    seen: parsed.error.issues
      .slice(0, 3)
      .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .join('\n'),
    needed: 'a manifest.json as Basalt writes it',
  });
}

/** Every finished build of an image below `outDir`, newest first. Folders without a usable manifest are left out. */
export async function buildsOf(outDir: string, image: string): Promise<readonly OutputFolder[]> {
  const versions = await readdir(join(outDir, image)).catch(() => [] as string[]);
  const found = await Promise.all(
    versions.map((version) => readOutputFolder(join(outDir, image, version)).catch(() => undefined)),
  );
  return found.filter((build) => build !== undefined).sort((a, b) => b.builtAt - a.builtAt);
}

/** The names of the images that have a folder below `outDir`. */
export async function builtImages(outDir: string): Promise<readonly string[]> {
  const entries = await readdir(outDir, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The output folder a file lies in, when its manifest lists that file; otherwise the file stands alone. */
export async function folderOf(file: string): Promise<OutputFolder | undefined> {
  const found = await readOutputFolder(dirname(file)).catch(() => undefined);
  return found?.manifest.artifacts.some((artifact) => artifact.file === basename(file)) ? found : undefined;
}

/** The digests of a SHA256SUMS text by file name, as sha256sum(1) writes it. */
export function parseSums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) sums.set(match[2], match[1]);
  }
  return sums;
}
