/** What is to be done so that what is wanted is there: pure, from what there is. */
import { amiName, contentTags, parameterNames, tagNames } from './names.ts';
import { type Retired, retiredImages } from './retire.ts';
import type { ExistingImage, ExistingSnapshot, RegionState, Sharing } from './state.ts';
import type { Wanted } from './wanted.ts';

/** One thing to do. Steps of one phase in different regions do not wait for each other. */
export type Step =
  | {
      readonly kind: 'upload';
      readonly region: string;
      /** A snapshot in progress. */
      readonly snapshotId?: string;
    }
  | { readonly kind: 'register'; readonly region: string; readonly snapshotId?: string }
  | { readonly kind: 'copy'; readonly region: string; readonly from: string }
  | { readonly kind: 'wait'; readonly region: string; readonly imageId?: string }
  | {
      readonly kind: 'tag';
      readonly region: string;
      readonly imageId?: string;
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'share'; readonly region: string; readonly imageId?: string; readonly sharing: Sharing }
  | {
      readonly kind: 'parameter';
      readonly region: string;
      readonly name: string;
      readonly imageId?: string;
      /** What it pointed to. */
      readonly before?: string;
    }
  | ({ readonly kind: 'retire'; readonly region: string } & Retired);

/** Steps whose phases are done one after another: nobody is told of an image before it is in every region. */
export interface Plan {
  readonly phases: readonly (readonly Step[])[];
}

/** The plan of a publication. Empty phases are left out: a plan without phases changes nothing. */
export function planPublication(wanted: Wanted, states: readonly RegionState[]): Plan {
  const { disk, regions } = wanted;
  const name = amiName(disk);
  const names = parameterNames(wanted.prefix, wanted.channel, disk);
  const [home = ''] = regions;
  const there = new Map(states.map((state) => [state.region, usable(state, name)]));
  const of = (region: string) => states.find((state) => state.region === region);
  const homeSnapshot = of(home)?.snapshots.find(
    ({ tags, state }) => tags[tagNames.sha256] === disk.sha256 && tags.Name === name && state !== 'error',
  );
  const phases: Step[][] = [
    there.get(home) === undefined ? [...uploadSteps(home, homeSnapshot)] : [],
    there.get(home) === undefined
      ? [
          {
            kind: 'register',
            region: home,
            ...(homeSnapshot?.state === 'completed' && { snapshotId: homeSnapshot.id }),
          },
        ]
      : [],
    waitSteps([home]),
    regions
      .slice(1)
      .flatMap((region): Step[] =>
        there.get(region) === undefined ? [{ kind: 'copy', region, from: home }] : [],
      ),
    waitSteps(regions.slice(1)),
    regions.flatMap((region) => tagSteps(wanted, region, there.get(region), of(region))),
    regions.flatMap((region) => shareSteps(wanted, region, there.get(region), of(region))),
    regions.flatMap((region) => parameterSteps(names.version, region, there.get(region), of(region))),
    regions.flatMap((region) => parameterSteps(names.latest, region, there.get(region), of(region))),
    regions.flatMap((region) => publishedSteps(wanted, region, there.get(region))),
    states.flatMap((state) =>
      retiredImages(wanted, state).map(
        (each) => ({ kind: 'retire', region: state.region, ...each }) as const,
      ),
    ),
  ];
  return { phases: phases.filter((phase) => phase.length > 0) };

  function waitSteps(where: readonly string[]): Step[] {
    return where.flatMap((region): Step[] => {
      const image = there.get(region);
      if (image?.state === 'available') return [];
      return [{ kind: 'wait', region, ...(image !== undefined && { imageId: image.id }) }];
    });
  }
}

/** The wanted image, when it is there and did not fail. */
function usable(state: RegionState, name: string): ExistingImage | undefined {
  return state.images.find((image) => image.name === name && ['available', 'pending'].includes(image.state));
}

function uploadSteps(region: string, snapshot: ExistingSnapshot | undefined): readonly Step[] {
  if (snapshot?.state === 'completed') return [];
  return [{ kind: 'upload', region, ...(snapshot !== undefined && { snapshotId: snapshot.id }) }];
}

function tagSteps(
  { disk, commit }: Wanted,
  region: string,
  image: ExistingImage | undefined,
  state: RegionState | undefined,
): readonly Step[] {
  const all = {
    ...contentTags(disk),
    ...(commit !== undefined && { [tagNames.commit]: commit }),
  };
  if (image === undefined) return [{ kind: 'tag', region, tags: all }];
  const bearers = [
    image.tags,
    ...image.snapshotIds.map((id) => state?.snapshots.find((snapshot) => snapshot.id === id)?.tags ?? {}),
  ];
  // Who published the content first is its commit, for good: a second run changes nothing.
  const missing = Object.entries(all).filter(([key, value]) =>
    bearers.some((tags) => (key === tagNames.commit ? tags[key] === undefined : tags[key] !== value)),
  );
  if (missing.length === 0) return [];
  return [{ kind: 'tag', region, imageId: image.id, tags: Object.fromEntries(missing) }];
}

/** From here on, clean-up leaves the image alone. */
function publishedSteps(
  { channel }: Wanted,
  region: string,
  image: ExistingImage | undefined,
): readonly Step[] {
  if (image?.tags[tagNames.published] !== undefined) return [];
  const tags = { [tagNames.published]: channel };
  return [{ kind: 'tag', region, ...(image !== undefined && { imageId: image.id }), tags }];
}

function shareSteps(
  { sharing }: Wanted,
  region: string,
  image: ExistingImage | undefined,
  state: RegionState | undefined,
): readonly Step[] {
  const bearers = image === undefined ? [undefined] : [image.id, ...image.snapshotIds];
  const has = bearers.map((id) => (id === undefined ? undefined : state?.sharing[id]));
  const accounts = sharing.accounts.filter((account) =>
    has.some((each) => !each?.accounts.includes(account)),
  );
  const open = sharing.public && has.some((each) => each?.public !== true);
  if (accounts.length === 0 && !open) return [];
  return [
    {
      kind: 'share',
      region,
      ...(image !== undefined && { imageId: image.id }),
      sharing: { public: open, accounts },
    },
  ];
}

function parameterSteps(
  name: string,
  region: string,
  image: ExistingImage | undefined,
  state: RegionState | undefined,
): readonly Step[] {
  const before = state?.parameters[name];
  if (image !== undefined && before === image.id) return [];
  return [
    {
      kind: 'parameter',
      region,
      name,
      ...(image !== undefined && { imageId: image.id }),
      ...(before !== undefined && { before }),
    },
  ];
}
