/** The A/B slots of a disk: which root and verity partitions belong together, and to which UKI. Pure. */
import { partitionTypes } from '../disk/partition-types.ts';
import { slotUuids } from '../disk/root-hash.ts';
import type { DiskPartition } from './disk-partition.ts';
import type { EspUki } from './esp.ts';

/** One slot. */
export interface Slot {
  /** What follows `root_` and `verity_` in the labels. */
  readonly version: string;
  readonly root: DiskPartition | undefined;
  readonly verity: DiskPartition | undefined;
  /** The name of the UKI of this version. */
  readonly uki: string | undefined;
  /** From the UKI's command line. */
  readonly rootHash: string | undefined;
  /** Whether the partitions' UUIDs are the two halves of the root hash. */
  readonly uuidsMatch: boolean | undefined;
}

const rootTypes: readonly string[] = [partitionTypes.rootX8664.guid, partitionTypes.rootArm64.guid];
const verityTypes: readonly string[] = [
  partitionTypes.rootX8664Verity.guid,
  partitionTypes.rootArm64Verity.guid,
];

/** Label of a slot that holds nothing yet. */
const FREE_LABEL = '_empty';

/** Pairs the partitions of each version, in the order of the disk. Free slots are left out. */
export function slotsOf(partitions: readonly DiskPartition[], ukis: readonly EspUki[]): readonly Slot[] {
  const roots = partitions.filter(({ typeGuid }) => rootTypes.includes(typeGuid));
  const verities = partitions.filter(({ typeGuid }) => verityTypes.includes(typeGuid));
  const versions = new Set(
    [...verities, ...roots].filter(({ label }) => label !== FREE_LABEL).map(versionOf),
  );
  return [...versions].map((version) => {
    const root = roots.find((partition) => versionOf(partition) === version);
    const verity = verities.find((partition) => versionOf(partition) === version);
    const entry = ukis.find((uki) => uki.version === version);
    const rootHash = entry?.uki?.rootHash;
    const uuids = rootHash === undefined ? undefined : slotUuids(rootHash);
    return {
      version,
      root,
      verity,
      uki: entry?.file,
      rootHash,
      uuidsMatch: uuids && root?.uuid === uuids.root && verity?.uuid === uuids.verity,
    };
  });
}

function versionOf({ label }: DiskPartition): string {
  return label.slice(label.indexOf('_') + 1);
}
