/** Waits until what was made is what it should become: snapshots, images, parameters. */
import { DescribeImagesCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { UserError } from '../../errors.ts';
import type { AwsPlace } from './aws-place.ts';
import { isRefusal } from './fault.ts';
import { existingImage } from './observe.ts';
import type { ExistingImage } from './state.ts';

/** Snapshots and copies of images take their time: a copy of a few GiB between continents takes half an hour. */
const READY_WITHIN_MS = 3 * 3600 * 1000;
const KNOWN_WITHIN_MS = 5 * 60 * 1000;
const SOON_POLLS = 12;

/** @throws {UserError} when it fails, or is not completed in hours. */
export async function snapshotCompleted(place: AwsPlace, region: string, snapshotId: string): Promise<void> {
  if (!(await completedWithin(place, region, snapshotId, READY_WITHIN_MS)))
    throw tooLong(`${snapshotId} in ${region}`, 'completed');
}

/** Whether a snapshot is complete within a minute. */
export function snapshotSoonCompleted(place: AwsPlace, region: string, snapshotId: string): Promise<boolean> {
  return completedWithin(place, region, snapshotId, SOON_POLLS * place.pollMs);
}

async function completedWithin(
  { patience, clients, pollMs }: AwsPlace,
  region: string,
  snapshotId: string,
  forMs: number,
): Promise<boolean> {
  const state = await patience.until('DescribeSnapshots', pollMs, forMs, async () => {
    const { Snapshots = [] } = await clients
      .ec2(region)
      .send(new DescribeSnapshotsCommand({ SnapshotIds: [snapshotId] }), { abortSignal: patience.signal });
    const [snapshot] = Snapshots;
    if (snapshot?.State === 'error') {
      throw new UserError('snapshot-failed', 'the snapshot was not completed', {
        where: `${snapshotId} in ${region}`,
        seen: snapshot.StateMessage ?? 'state "error"',
      });
    }
    return snapshot?.State === 'completed' ? snapshot.State : undefined;
  });
  return state !== undefined;
}

/** @throws {UserError} when it fails, or is not available in hours. */
export async function imageAvailable(
  { patience, clients, pollMs }: AwsPlace,
  region: string,
  imageId: string,
): Promise<ExistingImage> {
  const startedAtMs = performance.now();
  const found = await patience.until('DescribeImages', pollMs, READY_WITHIN_MS, async () => {
    try {
      const { Images = [] } = await clients
        .ec2(region)
        .send(new DescribeImagesCommand({ ImageIds: [imageId] }), { abortSignal: patience.signal });
      const [image] = Images;
      if (image?.State === 'available') return existingImage(image)[0];
      if (image?.State === undefined || image.State === 'pending') return undefined;
      throw new UserError('image-failed', `an image became ${image.State}`, {
        where: `${imageId} in ${region}`,
        seen: image.StateReason?.Message ?? `state "${image.State}"`,
      });
    } catch (error) {
      // What was made just now may not be known everywhere.
      if (!isRefusal(error, 'InvalidAMIID.NotFound') || performance.now() - startedAtMs > KNOWN_WITHIN_MS)
        throw error;
      return undefined;
    }
  });
  if (found === undefined) throw tooLong(`${imageId} in ${region}`, 'available');
  return found;
}

/**
 * A parameter of the type `aws:ec2:image` is checked by the service after it has answered: it counts once it is read.
 * @throws {UserError} when it has another value after minutes.
 */
export async function parameterSet(
  { patience, clients, pollMs }: AwsPlace,
  region: string,
  { name, value }: { readonly name: string; readonly value: string },
): Promise<void> {
  const seen = await patience.until('GetParameter', pollMs, KNOWN_WITHIN_MS, async () => {
    try {
      const { Parameter } = await clients
        .ssm(region)
        .send(new GetParameterCommand({ Name: name }), { abortSignal: patience.signal });
      return Parameter?.Value === value ? value : undefined;
    } catch (error) {
      if (isRefusal(error, 'ParameterNotFound')) return undefined;
      throw error;
    }
  });
  if (seen === undefined) throw tooLong(`${name} in ${region}`, `set to ${value}`);
}

function tooLong(where: string, state: string): UserError {
  return new UserError('aws-slow', `it did not become ${state} in time`, {
    where,
    next: ['run the same command again: it waits on', 'look at it in the console, if it stays so'],
  });
}
