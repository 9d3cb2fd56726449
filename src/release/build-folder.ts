/** The parts of a release in the output folder of a build, checked against its manifest. */
import { join } from 'node:path';
import type { Artifact, Manifest } from '../build/manifest.ts';
import { UserError } from '../errors.ts';
import { readOutputFolder } from '../inspect/output-folder.ts';
import { verifyDigest } from '../inspect/verify-digests.ts';
import { type PartName, partNames } from '../release-format/target-names.ts';
import { FormatError, version } from '../release-format/value.ts';

/** A part as the build made it. */
export interface BuiltPart {
  readonly name: PartName;
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface BuiltRelease {
  readonly image: string;
  readonly version: string;
  /** As systemd calls it. */
  readonly architecture: string;
  readonly rootHash: string;
  readonly parts: readonly BuiltPart[];
}

/** Debian's names → systemd's (systemd.unit(5), ConditionArchitecture=). */
const architectures: Readonly<Record<string, string>> = { amd64: 'x86-64', arm64: 'arm64' };

/** @throws {UserError} when a part is missing or is not what the build made. */
export async function readBuild(folder: string, signal: AbortSignal): Promise<BuiltRelease> {
  const { manifest } = await readOutputFolder(folder);
  checkVersion(manifest, folder);
  const parts: BuiltPart[] = [];
  const artifacts = partNames.map((name) => ({ name, artifact: artifactOf(manifest, name, folder) }));
  for (const { name, artifact } of artifacts) {
    const { outcome, detail } = await verifyDigest(folder, artifact, signal);
    if (outcome !== 'ok') {
      throw new UserError('build-damaged', 'a file of the build is not what its manifest says', {
        where: join(folder, artifact.file),
        seen: detail ?? 'it differs',
        next: ['build it again'],
      });
    }
    const { sizeBytes, sha256 } = artifact;
    parts.push({ name, file: join(folder, artifact.file), sizeBytes, sha256 });
  }
  const { image, version, architecture, rootHash } = manifest;
  return { image, version, architecture: architectures[architecture] ?? architecture, rootHash, parts };
}

function artifactOf({ artifacts }: Manifest, role: PartName, folder: string): Artifact {
  const found = artifacts.find((artifact) => artifact.role === role);
  if (found !== undefined) return found;
  throw new UserError('part-missing', `the build has no ${role}`, {
    where: join(folder, 'manifest.json'),
    seen: artifacts.map((artifact) => artifact.role).join(', '),
    needed: partNames.join(', '),
    next: ['build the image again, with an empty --output folder'],
  });
}

function checkVersion(manifest: Manifest, folder: string): void {
  try {
    version(manifest.version, 'version');
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UserError('version-invalid', 'this version cannot be released', {
      where: join(folder, 'manifest.json'),
      seen: error.message,
      cause: error,
    });
  }
}
