/** Starts the snapshot of a disk, or finds the one that was started. */
import { StartSnapshotCommand } from '@aws-sdk/client-ebs';
import { DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { UserError } from '../../errors.ts';
import { GIB } from '../../units.ts';
import type { AwsPlace } from './aws-place.ts';
import type { PublishedDisk } from './disk.ts';
import { isRefusal } from './fault.ts';
import { amiName, clientToken, contentTags } from './names.ts';
import { ebsTags } from './upload.ts';

/** Minutes after the last block, or without any, in which the service gives a snapshot up: 10 to 4320. */
const TIMEOUT_MINUTES = 24 * 60;
/** Snapshots of this content that ended in an error before. */
const MOST_ATTEMPTS = 10;
const KNOWN_WITHIN_POLLS = 4;

/**
 * Starts a snapshot that is tagged from its first moment. The client token follows from the request, so that a second
 * start, from wherever, gives the same snapshot.
 */
export async function startSnapshot(place: AwsPlace, region: string, disk: PublishedDisk): Promise<string> {
  const { clients, patience } = place;
  const request = {
    VolumeSize: Math.ceil(disk.sizeBytes / GIB),
    Description: amiName(disk),
    Tags: ebsTags(contentTags(disk)),
    Timeout: TIMEOUT_MINUTES,
  };
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    try {
      const { SnapshotId, Status } = await patience.ask('StartSnapshot', () =>
        clients.ebs(region).send(
          new StartSnapshotCommand({
            ...request,
            ClientToken: clientToken({ ...request, region }, attempt),
          }),
          { abortSignal: patience.signal },
        ),
      );
      // An answer from memory may be of a snapshot that is gone by now.
      if (SnapshotId !== undefined && Status === 'pending' && (await isThere(place, region, SnapshotId)))
        return SnapshotId;
    } catch (error) {
      if (!isRefusal(error, 'ConflictException')) throw error;
    }
  }
  throw new UserError('snapshot-refused', 'no new snapshot could be started', {
    where: region,
    seen: `${MOST_ATTEMPTS} snapshots of this disk that were given up or deleted`,
    next: ['./basalt publish aws cleanup removes them; then run this again'],
  });
}

/** Whether a snapshot that StartSnapshot named can be written to. What was made just now may not be known everywhere. */
async function isThere({ clients, patience, pollMs }: AwsPlace, region: string, snapshotId: string) {
  const state = await patience.until('DescribeSnapshots', pollMs, KNOWN_WITHIN_POLLS * pollMs, async () => {
    try {
      const { Snapshots = [] } = await clients
        .ec2(region)
        .send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshotId] }), { abortSignal: patience.signal });
      return Snapshots[0]?.State;
    } catch (error) {
      if (isRefusal(error, 'InvalidSnapshot.NotFound')) return undefined;
      throw error;
    }
  });
  return state !== undefined && state !== 'error';
}
