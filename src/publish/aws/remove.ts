/** Takes things away again. */
import { DeleteSnapshotCommand, DeregisterImageCommand } from '@aws-sdk/client-ec2';
import { DeleteParametersCommand } from '@aws-sdk/client-ssm';
import type { AwsPlace } from './aws-place.ts';
import { isRefusal } from './fault.ts';

/** Takes an image away: first what points to it, then the image, then its disks. What is gone already is no failure. */
export async function removeImage(
  { clients, patience }: AwsPlace,
  region: string,
  what: {
    readonly imageId?: string;
    readonly snapshotIds: readonly string[];
    readonly parameters: readonly string[];
  },
): Promise<void> {
  const { imageId } = what;
  if (what.parameters.length > 0) {
    await patience.ask('DeleteParameters', () =>
      clients.ssm(region).send(new DeleteParametersCommand({ Names: [...what.parameters] })),
    );
  }
  if (imageId !== undefined) {
    await patience
      .ask('DeregisterImage', () =>
        clients.ec2(region).send(new DeregisterImageCommand({ ImageId: imageId })),
      )
      .catch((error: unknown) => {
        if (!isRefusal(error, 'InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable')) throw error;
      });
  }
  for (const snapshotId of what.snapshotIds) {
    await patience
      .ask('DeleteSnapshot', () =>
        clients.ec2(region).send(new DeleteSnapshotCommand({ SnapshotId: snapshotId })),
      )
      .catch((error: unknown) => {
        if (!isRefusal(error, 'InvalidSnapshot.NotFound')) throw error;
      });
  }
}
