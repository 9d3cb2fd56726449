/** The partitions that an installation makes, for people to see before. */
import type { Definition } from './definitions.ts';

export interface PlannedPartition {
  /** Name in the partition table, `_empty` for a slot that waits for an update. */
  readonly label: string;
  /** Undefined: what the disk has left. */
  readonly sizeBytes: number | undefined;
  readonly fileSystem: string | undefined;
  /** What it is for, in a few words. */
  readonly purpose: string;
}

/** Pure: from the image's definitions, in their order. The first slot gets the version, the second waits. */
export function plannedPartitions(
  definitions: readonly Definition[],
  version: string,
): readonly PlannedPartition[] {
  const seen = new Map<string, number>();
  return definitions.map(({ type, sizeMinBytes: sizeBytes }) => {
    const number = seen.get(type) ?? 0;
    seen.set(type, number + 1);
    const waiting = { label: '_empty', sizeBytes, fileSystem: undefined, purpose: 'for the next update' };
    switch (type) {
      case 'esp':
        return { label: 'esp', sizeBytes, fileSystem: 'vfat', purpose: 'boot loader, kernel, configuration' };
      case 'root-verity':
        if (number > 0) return waiting;
        return {
          label: `verity_${version}`,
          sizeBytes,
          fileSystem: undefined,
          purpose: 'hashes of the system',
        };
      case 'root':
        if (number > 0) return waiting;
        return {
          label: `root_${version}`,
          sizeBytes,
          fileSystem: undefined,
          purpose: 'the system, read-only',
        };
      case 'var':
        return {
          label: 'var',
          sizeBytes: undefined,
          fileSystem: 'ext4',
          purpose: 'data, and all that changes',
        };
      default:
        return { label: type, sizeBytes, fileSystem: undefined, purpose: '' };
    }
  });
}
