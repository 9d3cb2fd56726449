/** The disk in a snapshot, read back block by block through the EBS direct APIs. */
import { open } from 'node:fs/promises';
import { EBSClient, GetSnapshotBlockCommand } from '@aws-sdk/client-ebs';
import { BLOCK_BYTES } from '../../src/publish/aws/blocks.ts';

export interface RebuiltDisk {
  /** Blocks that the snapshot has, ascending. */
  readonly blocks: readonly number[];
}

/**
 * Writes what a snapshot holds into a file; what it does not hold is zeros.
 * @param sizeBytes Of the disk; the snapshot's volume is a whole number of GiB.
 */
export async function rebuildDisk(options: {
  readonly url: string;
  readonly region: string;
  readonly snapshotId: string;
  readonly sizeBytes: number;
  readonly path: string;
}): Promise<RebuiltDisk> {
  const { url, region, snapshotId, sizeBytes, path } = options;
  const client = new EBSClient({ region, endpoint: url });
  const file = await open(path, 'w');
  try {
    await file.truncate(Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES);
    const listed = await listBlocks(options);
    for (const { index, token } of listed) {
      const { BlockData, Checksum } = await client.send(
        new GetSnapshotBlockCommand({ SnapshotId: snapshotId, BlockIndex: index, BlockToken: token }),
      );
      if (BlockData === undefined || Checksum === undefined) throw new Error(`block ${index} is empty`);
      await file.write(await BlockData.transformToByteArray(), 0, BLOCK_BYTES, index * BLOCK_BYTES);
    }
    return { blocks: listed.map(({ index }) => index) };
  } finally {
    await file.close();
    client.destroy();
  }
}

/** ListSnapshotBlocks by hand: the emulator's numbers are strings, which the SDK refuses. */
async function listBlocks({
  url,
  region,
  snapshotId,
}: {
  readonly url: string;
  readonly region: string;
  readonly snapshotId: string;
}): Promise<readonly { index: number; token: string }[]> {
  const answer = await fetch(`${url}/snapshots/${snapshotId}/blocks`, {
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=testing/20260101/${region}/ebs/aws4_request, SignedHeaders=host, Signature=0`,
    },
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  const { Blocks } = (await answer.json()) as {
    Blocks: { BlockIndex: string | number; BlockToken: string }[];
  };
  return Blocks.map(({ BlockIndex, BlockToken }) => ({ index: Number(BlockIndex), token: BlockToken })).sort(
    (a, b) => a.index - b.index,
  );
}
