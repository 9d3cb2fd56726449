/** Which old versions go: pure, from what there is. */
import { amiName, parameterNames, partsOfName, tagNames } from './names.ts';
import type { ExistingImage, RegionState } from './state.ts';
import type { Wanted } from './wanted.ts';

/** An image that goes, with what belongs to it. */
export interface Retired {
  readonly imageId: string;
  readonly name: string;
  readonly snapshotIds: readonly string[];
  readonly parameters: readonly string[];
}

/**
 * Images beyond the newest `keep` that this channel told of, of this image and architecture. One that a parameter of anything
 * else points to stays, such as one that another channel offers too. What was never told of is for clean-up, and counts for
 * nothing here: a publication that failed must not push a good version out.
 */
export function retiredImages(wanted: Wanted, state: RegionState): readonly Retired[] {
  const { disk, keep, prefix, channel } = wanted;
  if (keep === undefined) return [];
  const name = amiName(disk);
  const ours = state.images
    .flatMap((image) => {
      const parts = partsOfName(image.name);
      if (parts?.image !== disk.image || parts.architecture !== disk.architecture || image.name === name)
        return [];
      const names = parameterNames(prefix, channel, parts);
      return toldBy(channel, image, names.version, state) ? [{ image, names }] : [];
    })
    .sort((a, b) => newestFirst(a.image, b.image));
  return ours.slice(Math.max(0, keep - 1)).flatMap(({ image, names }) => {
    // `latest` of this channel has moved on by then.
    const pointing = Object.keys(state.parameters).filter(
      (parameter) => state.parameters[parameter] === image.id && parameter !== names.latest,
    );
    if (pointing.some((parameter) => parameter !== names.version)) return [];
    const { id: imageId, snapshotIds } = image;
    return [{ imageId, name: image.name, snapshotIds, parameters: pointing }];
  });
}

/** By its parameter; or, when a retirement was cut short after that was taken away, by its tag. */
function toldBy(channel: string, image: ExistingImage, parameter: string, state: RegionState): boolean {
  return state.parameters[parameter] === image.id || image.tags[tagNames.published] === channel;
}

function newestFirst(a: ExistingImage, b: ExistingImage): number {
  if (a.createdAt === b.createdAt) return a.id < b.id ? 1 : -1;
  return a.createdAt < b.createdAt ? 1 : -1;
}
