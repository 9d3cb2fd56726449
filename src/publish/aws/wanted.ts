/** What is asked for: as data, for the plan. */
import type { PublishedDisk } from './disk.ts';
import type { Sharing } from './state.ts';

/** What a publication should lead to. */
export interface Wanted {
  readonly disk: PublishedDisk;
  /** The first is where the snapshot is made; the others get copies. */
  readonly regions: readonly string[];
  readonly channel: string;
  /** Such as `/basalt`. */
  readonly prefix: string;
  readonly sharing: Sharing;
  /** The commit that the image was built from; told on what this run makes. */
  readonly commit: string | undefined;
  /** How many versions of the image stay; undefined: all. */
  readonly keep: number | undefined;
}
