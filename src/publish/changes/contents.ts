/** What is in a build, as far as its files say: of an output folder, a package lock, or a bill of materials. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Manifest } from '../../build/manifest.ts';
import { exitCodes, messageOf, UserError } from '../../errors.ts';
import { readOutputFolder } from '../../inspect/output-folder.ts';
import { type Lock, packageSets, parseLock } from '../../packages/lock.ts';

/** A package, wherever in the image it is. */
export interface ContainedPackage {
  readonly name: string;
  readonly version: string;
  /** Source package; its binary packages share a changelog. */
  readonly source: string;
  /** Parts of the image it is in: `root`, `initrd`, `kernel`, `boot`. */
  readonly parts: readonly string[];
  /** Bytes it takes in the root, uncompressed; unknown without a manifest. */
  readonly sizeBytes?: number;
  /** SHA-256 of its .deb, when it is known. */
  readonly sha256?: string;
}

export interface Contents {
  /** As it was named. */
  readonly place: string;
  readonly image?: string;
  readonly version?: string;
  readonly rootHash?: string;
  readonly kernelRelease?: string;
  /** By name. */
  readonly packages: readonly ContainedPackage[];
  /** By role and format, such as `disk raw` or `root squashfs`. */
  readonly artifacts: Readonly<Record<string, number>>;
}

const sbomSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.object({
    component: z.object({
      name: z.string(),
      version: z.string().optional(),
      properties: z.array(z.object({ name: z.string(), value: z.string().optional() })).optional(),
    }),
  }),
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      hashes: z.array(z.object({ alg: z.string(), content: z.string() })).optional(),
      properties: z.array(z.object({ name: z.string(), value: z.string().optional() })).optional(),
    }),
  ),
});

/**
 * @param place An output folder, a packages.lock.json, or a sbom.cdx.json.
 * @throws {UserError} when it is none of them.
 */
export async function readContents(place: string): Promise<Contents> {
  const found = await stat(place).catch((cause: unknown) => {
    throw new UserError('contents-missing', 'there is nothing to compare', {
      where: place,
      needed: 'the output folder of a build, a packages.lock.json or a sbom.cdx.json',
      exitCode: exitCodes.invalidInput,
      cause,
    });
  });
  if (!found.isDirectory()) return contentsOfText(await readFile(place, 'utf8'), place);
  const { manifest } = await readOutputFolder(place);
  const file = manifest.artifacts.find(({ role }) => role === 'lock')?.file ?? 'packages.lock.json';
  const text = await readFile(join(place, file), 'utf8').catch((cause: unknown) => {
    throw new UserError('lock-missing', 'the build has no package lock', { where: place, seen: file, cause });
  });
  return contentsOfBuild(manifest, parseLock(text, join(place, file)), place);
}

/** Pure: a build by its manifest and its lock. */
export function contentsOfBuild(manifest: Manifest, lock: Lock, place: string): Contents {
  const sizes = new Map(manifest.packageSizes.map(({ name, sizeBytes }) => [name, sizeBytes]));
  const { image, version, rootHash, kernelRelease } = manifest;
  return {
    place,
    image,
    version,
    rootHash,
    kernelRelease,
    packages: packagesOfLock(lock).map((each) => {
      const sizeBytes = each.parts.includes('root') ? sizes.get(each.name) : undefined;
      return sizeBytes === undefined ? each : { ...each, sizeBytes };
    }),
    artifacts: Object.fromEntries(
      manifest.artifacts
        .filter(({ role }) => role !== 'lock' && role !== 'sbom')
        .map(({ role, format, sizeBytes }) => [`${role} ${format}`, sizeBytes]),
    ),
  };
}

function contentsOfText(text: string, place: string): Contents {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unusable(place, messageOf(cause), cause);
  }
  if (value !== null && typeof value === 'object' && 'basaltLock' in value) {
    const lock = parseLock(text, place);
    return { place, image: lock.image, packages: packagesOfLock(lock), artifacts: {} };
  }
  const parsed = sbomSchema.safeParse(value);
  if (!parsed.success)
    throw unusable(place, z.prettifyError(parsed.error).split('\n')[0] ?? '', parsed.error);
  return contentsOfSbom(parsed.data, place);
}

function contentsOfSbom({ metadata, components }: z.infer<typeof sbomSchema>, place: string): Contents {
  const { component } = metadata;
  const rootHash = component.properties?.find(({ name }) => name === 'basalt:rootHash')?.value;
  return {
    place,
    image: component.name.replace(/^basalt-/, ''),
    ...(component.version !== undefined && { version: component.version }),
    ...(rootHash !== undefined && { rootHash }),
    packages: merged(
      components.map(({ name, version, hashes, properties }) => {
        const sha256 = hashes?.find(({ alg }) => alg === 'SHA-256')?.content;
        return {
          name,
          version,
          source: name,
          parts: (properties ?? []).flatMap((each) =>
            each.name === 'basalt:partOf' && each.value !== undefined ? [each.value] : [],
          ),
          ...(sha256 !== undefined && { sha256 }),
        };
      }),
    ),
    artifacts: {},
  };
}

function packagesOfLock(lock: Lock): readonly ContainedPackage[] {
  return merged(
    packageSets.flatMap((part) =>
      lock[part].map(({ name, version, source, sha256 }) => ({
        name,
        version,
        source: source?.split(' ')[0] ?? name,
        parts: [part],
        sha256,
      })),
    ),
  );
}

/** One entry for each name and version; the root's first when versions differ between parts. */
function merged(packages: readonly ContainedPackage[]): readonly ContainedPackage[] {
  const known = new Map<string, ContainedPackage>();
  for (const each of packages) {
    const before = known.get(each.name);
    if (before === undefined) known.set(each.name, each);
    else known.set(each.name, { ...before, parts: [...new Set([...before.parts, ...each.parts])] });
  }
  return [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function unusable(place: string, seen: string, cause: unknown): UserError {
  return new UserError('contents-invalid', 'this says nothing of packages', {
    where: place,
    seen,
    needed: 'the output folder of a build, a packages.lock.json or a sbom.cdx.json',
    exitCode: exitCodes.invalidInput,
    cause,
  });
}
