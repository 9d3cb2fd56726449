/** Checks what targets say: releases and their parts, channels and their releases. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, ToolError } from '../errors.ts';
import { type Check, check, unchecked } from '../inspect/check.ts';
import { withFolder } from '../inspect/workshop.ts';
import { parseChannel } from '../release-format/channel.ts';
import { type Delta, type Part, parseRelease, type Release } from '../release-format/release.ts';
import { channelTarget, type PartName, partNames, releaseTarget } from '../release-format/target-names.ts';
import { look, lookThrough, type Unpacked, unpack, windowLogFor } from '../tools/zstd.ts';
import { channelsIn, imagesIn, versionsIn } from './catalogue.ts';
import type { ReleaseContext } from './context.ts';
import type { Repository, State } from './repository.ts';

export interface ContentToVerify {
  readonly repository: Repository;
  readonly context: ReleaseContext;
  readonly state: State;
  /** Targets whose files are what the metadata says. */
  readonly sound: ReadonlySet<string>;
  readonly deep: boolean;
}

export async function* verifyContent(content: ContentToVerify): AsyncGenerator<Check> {
  const paths = Object.keys(content.state.targets.signed.targets);
  const images = new Set([
    ...imagesIn(paths),
    ...paths.flatMap((path) => /^([^/]+)\/channels\//.exec(path)?.[1] ?? []),
  ]);
  for (const image of images) {
    const releases = new Map<string, Release>();
    for (const version of versionsIn(paths, image)) {
      const file = releaseTarget(image, version);
      // Whoever damaged it was told of already.
      if (!content.sound.has(file)) continue;
      const { release, told } = await readRelease(content, image, version);
      yield told;
      if (release !== undefined) releases.set(version, release);
    }
    for (const release of releases.values()) yield* verifyParts(content, release, releases);
    for (const channel of channelsIn(paths, image)) {
      if (content.sound.has(channelTarget(image, channel)))
        yield await verifyChannel(content, image, channel, paths);
    }
  }
}

async function readRelease({ repository, state }: ContentToVerify, image: string, version: string) {
  const file = releaseTarget(image, version);
  const claim = 'describes its release';
  try {
    const release = parseRelease(await repository.readTarget(state, file));
    const isOwn = release.image === image && release.version === version;
    const other = isOwn ? undefined : `it is of ${release.image} ${release.version}`;
    return { release: isOwn ? release : undefined, told: check({ file }, claim, other) };
  } catch (error) {
    return { release: undefined, told: check({ file }, claim, messageOf(error)) };
  }
}

async function verifyChannel(
  { repository, state }: ContentToVerify,
  image: string,
  channel: string,
  paths: readonly string[],
): Promise<Check> {
  const file = channelTarget(image, channel);
  const claim = 'leads to releases that are there';
  try {
    const { releases, ...found } = parseChannel(await repository.readTarget(state, file));
    if (found.image !== image || found.channel !== channel)
      return check({ file }, claim, `it is of ${found.image} ${found.channel}`);
    const missing = releases.filter(({ version }) => !paths.includes(releaseTarget(image, version)));
    const names = missing.map(({ version }) => version).join(', ');
    return check({ file }, claim, missing.length === 0 ? undefined : `there is no release ${names}`);
  } catch (error) {
    return check({ file }, claim, messageOf(error));
  }
}

async function* verifyParts(
  content: ContentToVerify,
  release: Release,
  releases: ReadonlyMap<string, Release>,
): AsyncGenerator<Check> {
  for (const name of partNames) {
    const part = release.parts[name];
    for (const payload of [part.full, ...part.deltas]) {
      const size = content.state.targets.signed.targets[payload.target]?.length;
      if (size === payload.sizeBytes) continue;
      const seen = size === undefined ? 'the metadata does not name it' : `it has ${size} bytes`;
      yield check(
        { file: payload.target },
        `is there with ${payload.sizeBytes} bytes, as its release says`,
        seen,
      );
    }
    if (content.sound.has(part.full.target)) yield await verifyFull(content, part);
    if (!content.deep) continue;
    for (const delta of part.deltas)
      if (content.sound.has(delta.target))
        yield await verifyDelta(content, name, part, delta, releases.get(delta.from));
  }
}

async function verifyFull({ repository, context, state }: ContentToVerify, part: Part): Promise<Check> {
  const { toolbox, signal } = context.workshop;
  const file = fileOf(repository, state, part.full.target);
  const claim = 'unpacks to what its release says';
  return compared(part.full.target, claim, part, async () => look(await toolbox(), file, signal));
}

async function verifyDelta(
  { repository, context, state, sound }: ContentToVerify,
  name: PartName,
  part: Part,
  delta: Delta,
  from: Release | undefined,
): Promise<Check> {
  const claim = `makes its part from that of ${delta.from}`;
  const base = from?.parts[name];
  if (base === undefined || !sound.has(base.full.target))
    return unchecked({ file: delta.target }, claim, `${delta.from} is not in the repository any more`);
  if (base.sha256 !== delta.fromSha256)
    return check({ file: delta.target }, claim, `it is for other content than that of ${delta.from}`);
  const { workshop } = context;
  return withFolder(workshop, async (folder) => {
    const toolbox = await workshop.toolbox();
    const unpacked = join(folder, 'base');
    try {
      await unpack(
        toolbox,
        { from: fileOf(repository, state, base.full.target), to: unpacked },
        workshop.signal,
      );
      const file = fileOf(repository, state, delta.target);
      const files = {
        base: unpacked,
        delta: file,
        windowLog: windowLogFor(Math.max(base.sizeBytes, part.sizeBytes)),
      };
      return await compared(delta.target, claim, part, () => lookThrough(toolbox, files, workshop.signal));
    } finally {
      await rm(unpacked, { force: true });
    }
  });
}

async function compared(
  file: string,
  claim: string,
  part: Part,
  measure: () => Promise<Unpacked>,
): Promise<Check> {
  try {
    const { sha256, sizeBytes } = await measure();
    const isSame = sha256 === part.sha256 && sizeBytes === part.sizeBytes;
    return check({ file }, claim, isSame ? undefined : `${sizeBytes} bytes with SHA-256 ${sha256} come out`);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return check({ file }, claim, error.stderrTail);
  }
}

function fileOf(repository: Repository, { targets }: State, path: string): string {
  return repository.targetPath(path, targets.signed.targets[path]?.hashes.sha256 ?? '');
}
