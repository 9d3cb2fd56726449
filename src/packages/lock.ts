/**
 * The package lock: every Debian package of an image by name, version and SHA-256, with what is needed to
 * fetch it again, to explain it (`basalt why`) and to list it (SBOM). Written beside each image.
 */
import { z } from 'zod';
import { UserError } from '../errors.ts';

/** Why packages are fetched: they make the root, the initrd, the kernel, or what the live system has besides. */
export const packageSets = ['root', 'initrd', 'kernel', 'live'] as const;
export type PackageSet = (typeof packageSets)[number];

const lockedPackageSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  architecture: z.string(),
  /** Source package, and its version when it differs. */
  source: z.string().optional(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int().positive(),
  installedSizeBytes: z.number().int().nonnegative(),
  /** Where it was found; another mirror may serve the same content. */
  uri: z.string(),
  essential: z.boolean(),
  /** Alternatives by group, as in the Depends and Pre-Depends fields. */
  depends: z.array(z.array(z.string())),
  preDepends: z.array(z.array(z.string())),
  provides: z.array(z.string()),
});

/** A package of the tools tree: apt checks its bytes when the tree is made. */
const lockedToolSchema = z.strictObject({ name: z.string(), version: z.string(), architecture: z.string() });

const lockSchema = z.strictObject({
  basaltLock: z.literal(1),
  image: z.string(),
  suite: z.string(),
  architecture: z.string(),
  /** Seconds since 1970: the newest date of the package lists, and the date of every file in the image. */
  epoch: z.number().int().positive(),
  /** SHA-256 of the request this lock answers: names of packages, suite, components. */
  request: z.string(),
  root: z.array(lockedPackageSchema),
  initrd: z.array(lockedPackageSchema),
  kernel: z.array(lockedPackageSchema),
  /** Without what the root has; empty for an image that has no live format. */
  live: z.array(lockedPackageSchema).default([]),
  /** The tools that make the image: other versions may make other bytes, and the boot loader comes from them. */
  tools: z.array(lockedToolSchema),
});

export type LockedPackage = z.infer<typeof lockedPackageSchema>;
export type Lock = z.infer<typeof lockSchema>;

/**
 * Reads a lock's text.
 * @param file Its name, for the message.
 * @throws {UserError} when it is not a lock of this version.
 */
export function parseLock(text: string, file: string): Lock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError('lock-invalid', 'the package lock is not JSON', { where: file, cause });
  }
  const parsed = lockSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError('lock-invalid', 'the package lock cannot be used', {
    where: file,
    seen: parsed.error.issues
      .slice(0, 3)
      .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .join('\n'),
    needed: 'a packages.lock.json as Basalt writes it',
    next: ['make a new one with ./basalt lock IMAGE'],
  });
}

/** The lock as text: stable, one package a line, so that a diff shows what changed. */
export function formatLock(lock: Lock): string {
  const { root, initrd, kernel, live, tools, ...head } = lock;
  const lines = (packages: readonly LockedPackage[]) =>
    packages.map((entry) => `    ${JSON.stringify({ ...entry, uri: withoutUser(entry.uri) })}`).join(',\n');
  const headText = JSON.stringify(head, null, 2).replace(/\n\}$/, '');
  const sets = Object.entries({ root, initrd, kernel, ...(live.length === 0 ? {} : { live }) }).map(
    ([name, packages]) => `  "${name}": [\n${lines(packages)}\n  ]`,
  );
  const toolLines = tools.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');
  return `${headText},\n${sets.join(',\n')},\n  "tools": [\n${toolLines}\n  ]\n}\n`;
}

/** A mirror's password is no part of a lock, which is published beside the image. */
function withoutUser(uri: string): string {
  return uri.replace(/^([a-z]+:\/\/)[^/@]*@/, '$1');
}
