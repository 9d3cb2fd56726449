/** What publications that failed half-way left behind: pure, from what there is. */
import { tagNames } from './names.ts';
import type { Retired } from './retire.ts';
import type { RegionState } from './state.ts';

/** Something to remove: an image with its snapshots, or a snapshot that no image uses. */
export interface Leftover extends Omit<Retired, 'imageId'> {
  readonly region: string;
  readonly imageId?: string;
  /** `pending`, `available`, … */
  readonly state: string;
}

/**
 * Images that nobody was told of, and snapshots of ours that no image uses.
 * @param sha256 Of the raw disk whose leftovers count; all when absent.
 */
export function leftoversOf(state: RegionState, sha256?: string): readonly Leftover[] {
  const { region, images, snapshots, parameters } = state;
  const told = new Set(Object.values(parameters));
  const wanted = (name: string) => sha256 === undefined || name.endsWith(`/${sha256.slice(0, 12)}`);
  const unfinished = images.filter(
    ({ id, name, tags }) => !told.has(id) && tags[tagNames.published] === undefined && wanted(name),
  );
  const used = new Set(images.flatMap(({ snapshotIds }) => snapshotIds));
  const unused = snapshots.filter(
    ({ id, tags }) => !used.has(id) && (sha256 === undefined || tags[tagNames.sha256] === sha256),
  );
  return [
    ...unfinished.map((image) => ({
      region,
      imageId: image.id,
      name: image.name,
      state: image.state,
      snapshotIds: image.snapshotIds,
      parameters: [],
    })),
    ...unused.map(({ id, state: of, tags }) => ({
      region,
      name: tags.Name ?? '',
      state: of,
      snapshotIds: [id],
      parameters: [],
    })),
  ];
}
