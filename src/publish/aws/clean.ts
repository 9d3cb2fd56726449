/** Removes what publications that failed half-way left behind. */
import { explainFailure, type MadeSoFar } from './failure.ts';
import { type Leftover, leftoversOf } from './leftovers.ts';
import { observeRegion } from './observe.ts';
import { type AwsOptions, accountOf, withAws } from './publish.ts';
import { removeImage } from './remove.ts';

export interface CleanOptions extends AwsOptions {
  readonly regions: readonly string[];
  /** Of SSM parameters: what one of them points to stays. */
  readonly prefix: string;
  /** Only what is left of this raw disk. */
  readonly sha256: string | undefined;
  readonly dryRun: boolean;
}

export interface Cleaned {
  readonly account: string;
  readonly dryRun: boolean;
  readonly removed: readonly Leftover[];
}

/** @throws {UserError} that names all that is still there when it failed half-way. */
export async function cleanAws(options: CleanOptions): Promise<Cleaned> {
  const { regions, prefix, sha256, dryRun } = options;
  return withAws(options, async (place) => {
    let left: readonly Leftover[] = [];
    try {
      const account = await accountOf(place, regions[0] ?? '');
      const states = await Promise.all(regions.map((region) => observeRegion(place, { region, prefix })));
      const leftovers = inOrder(states.flatMap((state) => leftoversOf(state, sha256)));
      if (dryRun) return { account, dryRun, removed: leftovers };
      for (left = leftovers; left[0] !== undefined; left = left.slice(1))
        await removeImage(place, left[0].region, left[0]);
      return { account, dryRun, removed: leftovers };
    } catch (error) {
      throw explainFailure(error, { regions, made: left.map(remaining) });
    }
  });
}

/** Images first: a snapshot that an image uses cannot be deleted. */
function inOrder(leftovers: readonly Leftover[]): readonly Leftover[] {
  const hasImage = ({ imageId }: Leftover) => imageId !== undefined;
  return [...leftovers.filter(hasImage), ...leftovers.filter((each) => !hasImage(each))];
}

function remaining({ region, imageId, snapshotIds }: Leftover): MadeSoFar {
  return { region, retiring: new Set([...(imageId === undefined ? [] : [imageId]), ...snapshotIds]) };
}
