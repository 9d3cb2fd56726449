/** What a repository offers: its images, their releases and channels, read from its targets. */
import { UserError } from '../errors.ts';
import { type Channel, parseChannel } from '../release-format/channel.ts';
import { parseRelease, type Release } from '../release-format/release.ts';
import { channelTarget, releaseTarget } from '../release-format/target-names.ts';
import { compareVersions } from '../release-format/version-order.ts';
import type { Draft } from './draft.ts';

/** Pure: the images that have releases. */
export function imagesIn(targets: Iterable<string>): string[] {
  return unique([...targets].flatMap((path) => /^([^/]+)\/[^/]+\/release\.json$/.exec(path)?.[1] ?? []));
}

/** Pure: the versions of an image, oldest first. */
export function versionsIn(targets: Iterable<string>, image: string): string[] {
  const found = [...targets].flatMap((path) => {
    const [, of, version] = /^([^/]+)\/([^/]+)\/release\.json$/.exec(path) ?? [];
    return of === image && version !== undefined ? [version] : [];
  });
  return found.sort(compareVersions);
}

/** Pure: the names of the channels of an image. */
export function channelsIn(targets: Iterable<string>, image: string): string[] {
  return unique(
    [...targets].flatMap((path) => {
      const [, of, channel] = /^([^/]+)\/channels\/([^/]+)\.json$/.exec(path) ?? [];
      return of === image && channel !== undefined ? [channel] : [];
    }),
  );
}

/**
 * The image that is meant: the named one, or the only one there is.
 * @throws {UserError}
 */
export function imageOf(draft: Draft, named: string | undefined): string {
  const images = imagesIn(draft.targets.keys());
  const [only] = images;
  if (named !== undefined && images.includes(named)) return named;
  if (named === undefined && only !== undefined && images.length === 1) return only;
  throw new UserError(
    'image-needed',
    named === undefined ? 'which image is not clear' : `there is no image ${named}`,
    {
      seen: images.length === 0 ? 'no release in the repository' : images.join(', '),
      next: [
        images.length === 0 ? './basalt release add REPOSITORY out/IMAGE/VERSION adds one' : '--image IMAGE',
      ],
    },
  );
}

/** @throws {UserError} when the repository has no such release. */
export async function releaseOf(draft: Draft, image: string, version: string): Promise<Release> {
  const text = await draft.readText(releaseTarget(image, version));
  if (text !== undefined) return parseRelease(text);
  const versions = versionsIn(draft.targets.keys(), image);
  throw new UserError('release-unknown', `there is no release ${version} of ${image} in the repository`, {
    seen: versions.length === 0 ? 'no release of it' : versions.slice(-10).join(', '),
    next: [`./basalt release add REPOSITORY out/${image}/${version} adds it`],
  });
}

/** A channel as it is now; undefined when there is none. */
export async function channelOf(draft: Draft, image: string, channel: string): Promise<Channel | undefined> {
  const text = await draft.readText(channelTarget(image, channel));
  return text === undefined ? undefined : parseChannel(text);
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
