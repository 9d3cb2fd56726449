/** manifest.json: names each artifact of a build, with its role, format, size and digest. */
import { z } from 'zod';

/** What an artifact is for. */
const artifactRoles = ['disk', 'root', 'verity', 'uki', 'kernel', 'initrd', 'live', 'lock', 'sbom'] as const;
export type ArtifactRole = (typeof artifactRoles)[number];

const artifactSchema = z.object({
  /** File name in the output folder. */
  file: z.string(),
  role: z.enum(artifactRoles),
  format: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  sha256: z.string(),
});

export const manifestSchema = z.object({
  basaltManifest: z.literal(1),
  image: z.string(),
  version: z.string(),
  suite: z.string(),
  architecture: z.string(),
  /** Seconds since 1970: the date of the package lists, and of every file in the image. */
  epoch: z.number().int(),
  kernelRelease: z.string(),
  rootHash: z.string(),
  kernelCommandLine: z.string(),
  /** Of the live system, when a live format was made. */
  liveCommandLine: z.string().optional(),
  /** Digest of the tools tree that built it. */
  tools: z.string(),
  artifacts: z.array(artifactSchema),
  /** Uncompressed bytes by package, largest first. */
  packageSizes: z.array(z.object({ name: z.string(), sizeBytes: z.number() })),
});

export type Artifact = z.infer<typeof artifactSchema>;
export type Manifest = z.infer<typeof manifestSchema>;
