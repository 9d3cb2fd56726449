/** Deltas: what makes a release from an older one, part by part. */
import { mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BugError } from '../errors.ts';
import { withFolder } from '../inspect/workshop.ts';
import { type Delta, formatRelease, type Part, type Release } from '../release-format/release.ts';
import { deltaTarget, type PartName, partNames, releaseTarget } from '../release-format/target-names.ts';
import { compareVersions } from '../release-format/version-order.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { lookThrough, makeDelta, unpack, windowLogFor } from '../tools/zstd.ts';
import { channelOf, imageOf, releaseOf } from './catalogue.ts';
import { changeTargets } from './change.ts';
import type { ReleaseContext } from './context.ts';
import type { Draft } from './draft.ts';

export interface DeltaOptions {
  /** May be left out when the repository has one. */
  readonly image?: string | undefined;
  /** The release that machines go to. */
  readonly version: string;
  /** Releases that machines come from. */
  readonly from?: readonly string[];
  /** Or: the last releases of a channel before this one. */
  readonly channel?: string | undefined;
  readonly previous?: number;
}

/** A delta, or why there is none. */
export interface DeltaResult {
  readonly part: PartName;
  readonly from: string;
  /** `left-out`: the full payload is hardly larger. */
  readonly state: 'made' | 'kept' | 'left-out';
  readonly sizeBytes: number;
  readonly fullBytes: number;
}

export interface Deltas {
  readonly image: string;
  readonly version: string;
  readonly deltas: readonly DeltaResult[];
}

/**
 * Of images of 174 MiB, in seconds on two cores: 3 1.2, 9 1.6, 12 5 to 9, 19 80. From level 6 on the deltas differ by less
 * than 0.1 %, and at 19 they are larger: there the long matches are found by other means.
 */
const LEVEL = 9;
/** With more of the full payload's size a delta saves less than it costs a machine in memory and reading. */
const MOST_SHARE = 0.8;

/** @throws {UserError} when a release is not there. */
export async function makeDeltas(context: ReleaseContext, options: DeltaOptions): Promise<Deltas> {
  return changeTargets(context, async (draft) => {
    const image = imageOf(draft, options.image);
    let release = await releaseOf(draft, image, options.version);
    const deltas: DeltaResult[] = [];
    for (const from of await basesOf(draft, image, options)) {
      const base = await releaseOf(draft, image, from);
      for (const part of partNames) {
        const { result, delta } = await partDelta(context, draft, { release, base, part });
        deltas.push(result);
        if (delta !== undefined && result.state === 'made') release = withDelta(release, part, delta);
      }
    }
    if (deltas.some(({ state }) => state === 'made'))
      await draft.putText(releaseTarget(image, release.version), formatRelease(release));
    return { image, version: release.version, deltas };
  });
}

/** Where machines come from: the named releases, and those of the channel that are older. */
async function basesOf(draft: Draft, image: string, options: DeltaOptions): Promise<string[]> {
  const { version, from = [], channel, previous = 1 } = options;
  const known = channel === undefined ? undefined : await channelOf(draft, image, channel);
  const older = (known?.releases ?? [])
    .map((release) => release.version)
    .filter((each) => compareVersions(each, version) < 0);
  const bases = [...from, ...older.slice(-previous)].filter((each) => each !== version);
  return [...new Set(bases)].sort(compareVersions);
}

interface PartDelta {
  readonly release: Release;
  readonly base: Release;
  readonly part: PartName;
}

async function partDelta(context: ReleaseContext, draft: Draft, { release, base, part: name }: PartDelta) {
  const { workshop } = context;
  const part = release.parts[name];
  const old = base.parts[name];
  const known = part.deltas.find(
    ({ from, fromSha256 }) => from === base.version && fromSha256 === old.sha256,
  );
  const result = (state: DeltaResult['state'], sizeBytes: number): DeltaResult => ({
    part: name,
    from: base.version,
    state,
    sizeBytes,
    fullBytes: part.full.sizeBytes,
  });
  if (known !== undefined) return { result: result('kept', known.sizeBytes), delta: known };
  const target = deltaTarget(release.image, release.version, name, base.version);
  const to = await draft.unfinished(target);
  await mkdir(dirname(to), { recursive: true });
  try {
    return await withFolder(workshop, async (folder) => {
      const toolbox = await workshop.toolbox();
      const files = { base: join(folder, 'base'), from: join(folder, 'new'), to };
      await unpack(toolbox, { from: fileOf(draft, old), to: files.base }, workshop.signal);
      await unpack(toolbox, { from: fileOf(draft, part), to: files.from }, workshop.signal);
      const windowLog = windowLogFor(Math.max(old.sizeBytes, part.sizeBytes));
      await makeDelta(toolbox, { ...files, level: LEVEL, windowLog }, workshop.signal);
      const { size } = await stat(to);
      if (!pays(size, part.full.sizeBytes)) return { result: result('left-out', size), delta: undefined };
      await proveDelta(toolbox, { base: files.base, delta: to, windowLog }, part, workshop.signal);
      const { sizeBytes } = await draft.putFile(target, to);
      const delta: Delta = {
        target,
        sizeBytes,
        from: base.version,
        fromSha256: old.sha256,
        fromSizeBytes: old.sizeBytes,
      };
      return { result: result('made', sizeBytes), delta };
    });
  } finally {
    await rm(to, { force: true });
  }
}

/** Pure: whether a delta is worth having. */
export function pays(deltaBytes: number, fullBytes: number): boolean {
  return deltaBytes <= fullBytes * MOST_SHARE;
}

/** What machines cannot apply is never published. */
async function proveDelta(
  toolbox: Toolbox,
  files: { readonly base: string; readonly delta: string; readonly windowLog: number },
  part: Part,
  signal: AbortSignal,
): Promise<void> {
  const { sha256 } = await lookThrough(toolbox, files, signal);
  if (sha256 !== part.sha256) throw new BugError(`a delta makes ${sha256} and not ${part.sha256}`);
}

/** Pure: the release with one more way to a part. */
function withDelta(release: Release, name: PartName, delta: Delta): Release {
  const part = release.parts[name];
  const deltas = [...part.deltas.filter(({ from }) => from !== delta.from), delta].sort((left, right) =>
    compareVersions(left.from, right.from),
  );
  return { ...release, parts: { ...release.parts, [name]: { ...part, deltas } } };
}

function fileOf(draft: Draft, { full }: Part): string {
  const file = draft.fileOf(full.target);
  if (file === undefined) throw new BugError(`a release names ${full.target}, which the metadata does not`);
  return file;
}
