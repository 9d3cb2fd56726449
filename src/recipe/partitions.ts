/** Partition sizes with defaults, and whether they fit each other. */
import type { Problem } from '../errors.ts';
import { alignUp, formatSize, MIB, parseSize } from '../units.ts';
import { recipeDefaults } from './defaults.ts';
import type { Fragment } from './fragment.ts';
import type { PartitionSizes } from './recipe.ts';
import { veritySizeBytes } from './verity-size.ts';

/** Sizes in bytes; what was left out is the default. */
export function partitionSizes(written: Fragment['partitions']): PartitionSizes {
  const size = (key: keyof typeof recipeDefaults.partitions) =>
    written[key]?.value ?? parseSize(recipeDefaults.partitions[key]) ?? 0;
  return {
    espBytes: size('esp'),
    rootBytes: size('root'),
    verityBytes: size('verity'),
    varMinimumBytes: size('var'),
  };
}

/** The hash tree of a full root slot must fit its verity slot: found at build time only, it would strand updates. */
export function checkPartitions(written: Fragment['partitions'], sizes: PartitionSizes): Problem[] {
  const needed = veritySizeBytes(sizes.rootBytes);
  if (sizes.verityBytes >= needed) return [];
  const origin = written.verity?.origin ?? written.root?.origin;
  if (origin === undefined) return [];
  const message = `partitions.verity is ${formatSize(sizes.verityBytes)}, too small for the hash tree of a root of ${formatSize(sizes.rootBytes)}`;
  return [{ ...origin, message, hint: `at least ${alignUp(needed, MIB) / MIB}M, or a smaller root` }];
}
