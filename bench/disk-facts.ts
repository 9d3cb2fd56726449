/** Sizes of a disk image: what its data takes, and its root partition. */
import { open, stat } from 'node:fs/promises';
import { readPartitionTable } from '../src/disk/gpt.ts';
import { partitionTypes } from '../src/disk/partition-types.ts';

export interface DiskFacts {
  /** Blocks that hold data; holes take none. */
  readonly dataBytes: number;
  readonly rootPartitionBytes: number;
}

const STAT_BLOCK_BYTES = 512;

export async function diskFacts(image: string): Promise<DiskFacts> {
  const { blocks, size } = await stat(image);
  const handle = await open(image, 'r');
  try {
    const table = await readPartitionTable(
      async (position, length) => {
        const buffer = Buffer.alloc(length);
        const { bytesRead } = await handle.read(buffer, 0, length, position);
        return buffer.subarray(0, bytesRead);
      },
      { name: image, sizeBytes: size },
    );
    const root = table.partitions.find(({ typeGuid }) => typeGuid === partitionTypes.rootX8664.guid);
    return { dataBytes: blocks * STAT_BLOCK_BYTES, rootPartitionBytes: root?.sizeBytes ?? 0 };
  } finally {
    await handle.close();
  }
}
