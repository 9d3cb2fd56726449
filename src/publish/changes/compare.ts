/** What changed between two builds: pure. */
import type { ContainedPackage, Contents } from './contents.ts';
import type { ChangelogEntry } from './debian-changelog.ts';

export interface PackageChange {
  readonly name: string;
  readonly source: string;
  /** Absent: it was added. */
  readonly before?: string;
  /** Absent: it was removed. */
  readonly after?: string;
  readonly parts: readonly string[];
  /** In the root, when both builds say it. */
  readonly beforeBytes?: number;
  readonly afterBytes?: number;
}

export interface SizeChange {
  readonly name: string;
  readonly beforeBytes?: number;
  readonly afterBytes?: number;
}

/** The changes of a source package, for all its binary packages. */
export interface SourceChangelog {
  readonly source: string;
  readonly packages: readonly string[];
  /** Newest first; empty when they could not be read. */
  readonly entries: readonly ChangelogEntry[];
  /** Why there are none. */
  readonly problem?: string;
}

/** The head of a build. */
export type Side = Pick<Contents, 'place' | 'image' | 'version' | 'rootHash' | 'kernelRelease'>;

export interface Changes {
  readonly before: Side;
  readonly after: Side;
  /** Whether the content of the root is the same, as far as root hashes are known. */
  readonly sameRoot?: boolean;
  readonly added: readonly PackageChange[];
  readonly removed: readonly PackageChange[];
  readonly changed: readonly PackageChange[];
  /** Packages whose version is the same, and whose size in the root is not; largest difference first. */
  readonly resized: readonly PackageChange[];
  /** Files of the build, by role and format. */
  readonly artifacts: readonly SizeChange[];
  /** Empty unless asked for. */
  readonly changelogs: readonly SourceChangelog[];
}

export function compareContents(before: Contents, after: Contents): Changes {
  const old = new Map(before.packages.map((each) => [each.name, each]));
  const young = new Map(after.packages.map((each) => [each.name, each]));
  const both = after.packages.flatMap((each) => {
    const was = old.get(each.name);
    return was === undefined ? [] : [changeOf(was, each)];
  });
  const artifacts = [...new Set([...Object.keys(before.artifacts), ...Object.keys(after.artifacts)])];
  return {
    before: sideOf(before),
    after: sideOf(after),
    ...(before.rootHash !== undefined &&
      after.rootHash !== undefined && { sameRoot: before.rootHash === after.rootHash }),
    added: after.packages.filter(({ name }) => !old.has(name)).map((each) => changeOf(undefined, each)),
    removed: before.packages.filter(({ name }) => !young.has(name)).map((each) => changeOf(each, undefined)),
    changed: both.filter(({ before: from, after: to }) => from !== to),
    resized: both
      .filter((each) => each.before === each.after && growth(each) !== 0)
      .sort((a, b) => Math.abs(growth(b)) - Math.abs(growth(a))),
    artifacts: artifacts.sort().map((name) => ({
      name,
      ...sizes(before.artifacts[name], after.artifacts[name]),
    })),
    changelogs: [],
  };
}

/** Bytes that something grew by; 0 when one size is unknown. */
export function growth({ beforeBytes, afterBytes }: Omit<SizeChange, 'name'>): number {
  return beforeBytes === undefined || afterBytes === undefined ? 0 : afterBytes - beforeBytes;
}

function changeOf(before: ContainedPackage | undefined, after: ContainedPackage | undefined): PackageChange {
  const either = after ?? before;
  return {
    name: either?.name ?? '',
    source: either?.source ?? '',
    parts: either?.parts ?? [],
    ...(before !== undefined && { before: before.version }),
    ...(after !== undefined && { after: after.version }),
    ...sizes(before?.sizeBytes, after?.sizeBytes),
  };
}

function sizes(beforeBytes: number | undefined, afterBytes: number | undefined) {
  return {
    ...(beforeBytes !== undefined && { beforeBytes }),
    ...(afterBytes !== undefined && { afterBytes }),
  };
}

function sideOf({ place, image, version, rootHash, kernelRelease }: Contents): Side {
  return {
    place,
    ...(image !== undefined && { image }),
    ...(version !== undefined && { version }),
    ...(rootHash !== undefined && { rootHash }),
    ...(kernelRelease !== undefined && { kernelRelease }),
  };
}
