/** Takes a build into the repository: its parts, compressed, and what the release consists of. */
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../errors.ts';
import { formatRelease, type Part, parseRelease } from '../release-format/release.ts';
import { type PartName, partNames, payloadTarget, releaseTarget } from '../release-format/target-names.ts';
import { compareVersions } from '../release-format/version-order.ts';
import { compress } from '../tools/zstd.ts';
import { formatSize } from '../units.ts';
import { type BuiltPart, type BuiltRelease, readBuild } from './build-folder.ts';
import { versionsIn } from './catalogue.ts';
import { changeTargets } from './change.ts';
import type { ReleaseContext } from './context.ts';
import type { Draft } from './draft.ts';

export interface AddOptions {
  /** A build's output folder. */
  readonly folder: string;
  /** The full payload must not be larger. */
  readonly limitBytes?: number | undefined;
}

/** A release and what it takes to download it whole. */
export interface Added {
  readonly image: string;
  readonly version: string;
  /** `kept`: the same release was there already. */
  readonly state: 'added' | 'kept';
  readonly parts: readonly {
    readonly part: PartName;
    readonly sizeBytes: number;
    readonly fullBytes: number;
  }[];
  readonly fullBytes: number;
}

/**
 * Nearly all of a release is compressed already: on a root of 174 MiB the levels 1, 3 and 9 come to 173.7 MiB within 0.03 %,
 * in 1.0, 1.2 and 1.8 s.
 */
const LEVEL = 3;

/** @throws {UserError} when the version is there with other content, or is larger than it may be. */
export async function addRelease(
  context: ReleaseContext,
  { folder, limitBytes }: AddOptions,
): Promise<Added> {
  const build = await readBuild(folder, context.workshop.signal);
  return changeTargets(context, async (draft) => {
    const known = await draft.readText(releaseTarget(build.image, build.version));
    if (known !== undefined) {
      const { parts } = parseRelease(known);
      checkSame(build, parts, folder);
      return addedOf(build, 'kept', parts);
    }
    checkName(build, versionsIn(draft.targets.keys(), build.image), folder);
    const parts: Partial<Record<PartName, Part>> = {};
    for (const part of build.parts) parts[part.name] = await addPart(context, draft, build, part);
    const all = parts as Record<PartName, Part>;
    const added = addedOf(build, 'added', all);
    if (limitBytes !== undefined && added.fullBytes > limitBytes) throw tooLarge(added, limitBytes);
    const { image, version, architecture, rootHash } = build;
    const text = formatRelease({ image, version, architecture, rootHash, parts: all });
    await draft.putText(releaseTarget(image, version), text);
    return added;
  });
}

async function addPart(
  { workshop }: ReleaseContext,
  draft: Draft,
  { image, version }: BuiltRelease,
  { name, file, sizeBytes, sha256 }: BuiltPart,
): Promise<Part> {
  const target = payloadTarget(image, version, name);
  const to = await draft.unfinished(target);
  await mkdir(dirname(to), { recursive: true });
  try {
    await compress(await workshop.toolbox(), { from: file, to, level: LEVEL }, workshop.signal);
    const full = await draft.putFile(target, to);
    return { sizeBytes, sha256, full: { target, sizeBytes: full.sizeBytes }, deltas: [] };
  } finally {
    await rm(to, { force: true });
  }
}

/** A version means the same bytes for ever: machines may have it. */
function checkSame(build: BuiltRelease, parts: Readonly<Record<PartName, Part>>, folder: string): void {
  const other = build.parts.find(({ name, sha256 }) => parts[name].sha256 !== sha256);
  if (other === undefined) return;
  throw new UserError(
    'release-differs',
    `${build.image} ${build.version} is in the repository with other content`,
    {
      where: folder,
      seen: `${other.name} with SHA-256 ${other.sha256}`,
      needed: `${parts[other.name].sha256}, as it was released`,
      next: ['give the new build a version of its own: ./basalt build IMAGE --version VERSION'],
    },
  );
}

/** Which of two versions is newer must be clear to the boot loader, and their UKIs' names differ on vfat, which knows no case. */
function checkName({ image, version }: BuiltRelease, known: readonly string[], folder: string): void {
  const same = known.find(
    (other) => other.toLowerCase() === version.toLowerCase() || compareVersions(other, version) === 0,
  );
  if (same === undefined) return;
  throw new UserError(
    'version-unclear',
    `${image} ${version} cannot be told from ${same}, which is in the repository`,
    {
      where: folder,
      seen: `${version} and ${same} are neither older nor newer than each other, or differ in case only`,
      needed: 'a version that is newer or older than every other',
      next: ['give the new build a version of its own: ./basalt build IMAGE --version VERSION'],
    },
  );
}

function addedOf(
  { image, version }: BuiltRelease,
  state: Added['state'],
  parts: Readonly<Record<PartName, Part>>,
): Added {
  const sizes = partNames.map((part) => ({
    part,
    sizeBytes: parts[part].sizeBytes,
    fullBytes: parts[part].full.sizeBytes,
  }));
  const fullBytes = sizes.reduce((sum, size) => sum + size.fullBytes, 0);
  return { image, version, state, parts: sizes, fullBytes };
}

function tooLarge({ image, version, fullBytes, parts }: Added, limitBytes: number): UserError {
  return new UserError('release-too-large', `${image} ${version} is larger than it may be`, {
    seen: `${formatSize(fullBytes)}: ${parts.map((each) => `${each.part} ${formatSize(each.fullBytes)}`).join(', ')}`,
    needed: `at most ${formatSize(limitBytes)}`,
    next: ['./basalt why PACKAGE tells why something is in the image', 'or give a larger --limit'],
  });
}
