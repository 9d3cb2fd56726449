/** Which part of the disk a write goes to. */
import { readPartitionTable } from '../../../src/disk/gpt.ts';
import type { Partition } from '../../../src/disk/partition.ts';
import { partitionTypes } from '../../../src/disk/partition-types.ts';
import { slotUuids } from '../../../src/disk/root-hash.ts';
import { withFile } from '../../../src/inspect/file-reader.ts';

/** `table` is everything outside of partitions; `active` the slot that runs before the update, `passive` the other. */
export type ZoneName = 'table' | 'esp' | 'active' | 'passive' | 'var';

export interface Zones {
  readonly partitions: readonly Partition[];
  readonly esp: Partition;
  readonly var: Partition;
  zoneAt(offset: number): ZoneName;
}

/** Reads the disk as it was before the update. @param rootHash Of the version that runs. */
export async function readZones(path: string, rootHash: string): Promise<Zones> {
  const partitions = await partitionsOf(path);
  const { root, verity } = slotUuids(rootHash);
  const nameOf = ({ typeGuid, uuid }: Partition): ZoneName => {
    if (typeGuid === partitionTypes.esp.guid) return 'esp';
    if (typeGuid === partitionTypes.var.guid) return 'var';
    return uuid === root || uuid === verity ? 'active' : 'passive';
  };
  const named = partitions.map((partition) => ({ partition, name: nameOf(partition) }));
  const only = (wanted: ZoneName, count: number): Partition => {
    const found = named.filter(({ name }) => name === wanted);
    if (found.length !== count || found[0] === undefined)
      throw new Error(`${path} has ${found.length} partitions that are ${wanted}, and should have ${count}`);
    return found[0].partition;
  };
  only('active', 2);
  only('passive', 2);
  return {
    partitions,
    esp: only('esp', 1),
    var: only('var', 1),
    zoneAt: (offset) =>
      named.find(
        ({ partition: { firstByte, sizeBytes } }) => offset >= firstByte && offset < firstByte + sizeBytes,
      )?.name ?? 'table',
  };
}

/** By whichever copy of the table is whole. @throws {UserError} when neither is. */
export function partitionsOf(path: string): Promise<readonly Partition[]> {
  return withFile(path, async ({ read, sizeBytes }) => {
    const { partitions } = await readPartitionTable(read, { name: path, sizeBytes });
    return partitions;
  });
}
