/** Does the steps of a publication. What a step makes is kept by region, for those after it and for what is told of a failure. */
import {
  CopyImageCommand,
  CreateTagsCommand,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { BugError, InterruptedError, UserError } from '../../errors.ts';
import { formatSize, MIB } from '../../units.ts';
import type { AwsPlace } from './aws-place.ts';
import { BLOCK_BYTES } from './blocks.ts';
import { isRefusal } from './fault.ts';
import { Journal } from './journal.ts';
import { amiName, clientToken, tagNames } from './names.ts';
import { observeImages } from './observe.ts';
import type { Step } from './plan.ts';
import { imageAvailable, parameterSet, snapshotCompleted, snapshotSoonCompleted } from './ready.ts';
import { descriptionOf, type Registration, registrationOf, tagSpecifications } from './registration.ts';
import { removeImage } from './remove.ts';
import { startSnapshot } from './snapshot.ts';
import { fillSnapshot, type UploadProgress } from './upload.ts';

/** What there is in a region after the steps so far. */
export interface Made {
  snapshotId?: string;
  imageId?: string;
  /** Of the image's disks. */
  snapshotIds: readonly string[];
  /** People were told of the image: clean-up leaves it alone. */
  published?: boolean;
  /** What is being taken away: images of old versions and their snapshots, by their ids. */
  retiring?: ReadonlySet<string>;
}

export interface PerformOptions extends Registration {
  readonly place: AwsPlace;
  /** File of the journal of a region's upload. */
  readonly journalOf: (region: string) => string;
  readonly signal: AbortSignal;
  readonly onUpload: (progress: UploadProgress) => void;
  /** Told when a snapshot was completed by this run. */
  readonly onMade: (text: string) => void;
}

export class Performer {
  private readonly made = new Map<string, Made>();

  constructor(private readonly options: PerformOptions) {}

  /** What there is in a region; what the steps find or make is written into it. */
  in(region: string): Made {
    const made = this.made.get(region) ?? { snapshotIds: [] };
    this.made.set(region, made);
    return made;
  }

  async perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'upload':
        return this.upload(step.region, step.snapshotId);
      case 'register':
        return this.register(step.region, step.snapshotId);
      case 'copy':
        return this.copy(step.region, step.from);
      case 'wait':
        return this.wait(step.region, step.imageId);
      case 'tag':
        return this.tag(step.region, step.tags);
      case 'share':
        return this.share(step);
      case 'parameter':
        return this.parameter(step.region, step.name);
      case 'retire':
        return this.retire(step);
    }
  }

  private async upload(region: string, inProgress: string | undefined): Promise<void> {
    const { place, disk, signal } = this.options;
    const snapshotId = inProgress ?? (await startSnapshot(place, region, disk));
    this.in(region).snapshotId = snapshotId;
    const journal = this.options.journalOf(region);
    const startedAtMs = performance.now();
    const filled = fillSnapshot({
      client: place.clients.ebs(region),
      patience: place.patience,
      snapshotId,
      disk,
      journal,
      signal,
      isComplete: () => snapshotSoonCompleted(place, region, snapshotId),
      onProgress: this.options.onUpload,
    });
    const { sentBlocks, keptBlocks } = await filled.catch(async (error: unknown) => {
      if (error instanceof UserError && error.code === 'disk-changed') await this.discard(region, snapshotId);
      throw error;
    });
    const seconds = (performance.now() - startedAtMs) / 1000;
    await snapshotCompleted(place, region, snapshotId);
    await Journal.remove(journal);
    const sentBytes = sentBlocks * BLOCK_BYTES;
    const speed = (sentBytes / MIB / seconds).toFixed(1);
    const kept = keptBlocks === 0 ? '' : `, ${keptBlocks} were there`;
    this.options.onMade(
      `snapshot ${snapshotId} in ${region}: ${sentBlocks} blocks sent${kept}, ${formatSize(sentBytes)} in ${seconds.toFixed(1)} s, ${speed} MiB/s`,
    );
  }

  /** Some of its blocks are of another disk: nothing may go on with it. When it cannot be removed, it is told of as others. */
  private async discard(region: string, snapshotId: string): Promise<void> {
    await Journal.remove(this.options.journalOf(region));
    try {
      await removeImage(this.options.place, region, { snapshotIds: [snapshotId], parameters: [] });
      delete this.in(region).snapshotId;
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
    }
  }

  private async register(region: string, known: string | undefined): Promise<void> {
    const { place, disk } = this.options;
    const snapshotId = known ?? this.in(region).snapshotId;
    if (snapshotId === undefined) throw new BugError('an image is registered without a snapshot');
    this.in(region).snapshotId = snapshotId;
    const request = registrationOf(this.options, snapshotId);
    const imageId = await this.once(region, 'RegisterImage', async () => {
      const { ImageId } = await place.clients
        .ec2(region)
        .send(new RegisterImageCommand(request), { abortSignal: place.patience.signal });
      return ImageId;
    });
    this.in(region).imageId = imageId;
    this.in(region).snapshotIds = [snapshotId];
    this.options.onMade(`image ${imageId} (${amiName(disk)}) in ${region}`);
  }

  private async copy(region: string, from: string): Promise<void> {
    const { place, disk } = this.options;
    const source = this.in(from).imageId;
    if (source === undefined) throw new BugError('an image is copied that is not there');
    const request = {
      Name: amiName(disk),
      Description: descriptionOf(disk),
      SourceImageId: source,
      SourceRegion: from,
      TagSpecifications: tagSpecifications(disk, ['image', 'snapshot']),
    };
    const imageId = await this.once(region, 'CopyImage', async (attempt) => {
      const { ImageId } = await place.clients
        .ec2(region)
        .send(
          new CopyImageCommand({ ...request, ClientToken: clientToken({ ...request, region }, attempt) }),
          {
            abortSignal: place.patience.signal,
          },
        );
      return ImageId;
    });
    this.in(region).imageId = imageId;
    this.options.onMade(`image ${imageId} (${amiName(disk)}) in ${region}`);
  }

  /**
   * Makes an image once: when an answer was lost on the way, the image may be there all the same, and is looked for by its
   * name before it is asked for again.
   */
  private async once(
    region: string,
    call: string,
    make: (token: number) => Promise<string | undefined>,
  ): Promise<string> {
    const { place, disk } = this.options;
    const find = async () =>
      (await observeImages(place, region)).find(
        ({ name, state }) => name === amiName(disk) && ['available', 'pending'].includes(state),
      )?.id;
    return place.patience.ask(call, async (attempt) => {
      const found = attempt > 1 ? await find() : undefined;
      if (found !== undefined) return found;
      try {
        const imageId = await make(0);
        if (imageId !== undefined) return imageId;
      } catch (error) {
        if (!isRefusal(error, 'InvalidAMIName.Duplicate')) throw error;
        const duplicate = await find();
        if (duplicate !== undefined) return duplicate;
        throw error;
      }
      throw new BugError(`${call} gave no image`);
    });
  }

  private async wait(region: string, known: string | undefined): Promise<void> {
    const made = this.in(region);
    const imageId = known ?? made.imageId;
    if (imageId === undefined) throw new BugError('an image is waited for that was not made');
    made.imageId = imageId;
    const image = await imageAvailable(this.options.place, region, imageId);
    made.snapshotIds = [...new Set([...image.snapshotIds, ...made.snapshotIds])];
  }

  private async tag(region: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const { clients, patience } = this.options.place;
    const { imageId, snapshotIds } = this.in(region);
    await patience.ask('CreateTags', () =>
      clients.ec2(region).send(
        new CreateTagsCommand({
          Resources: [...(imageId === undefined ? [] : [imageId]), ...snapshotIds],
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        }),
        { abortSignal: patience.signal },
      ),
    );
    if (tagNames.published in tags) this.in(region).published = true;
  }

  /** The image can be started, and its disk read: without the second, it cannot be copied. */
  private async share({ region, sharing }: Extract<Step, { kind: 'share' }>): Promise<void> {
    const { clients, patience } = this.options.place;
    const { imageId, snapshotIds } = this.in(region);
    const accounts = [...sharing.accounts];
    await patience.ask('ModifyImageAttribute', () =>
      clients.ec2(region).send(
        new ModifyImageAttributeCommand({
          ImageId: imageId,
          LaunchPermission: {
            Add: [
              ...(sharing.public ? [{ Group: 'all' as const }] : []),
              ...accounts.map((UserId) => ({ UserId })),
            ],
          },
        }),
        { abortSignal: patience.signal },
      ),
    );
    for (const snapshotId of snapshotIds) {
      await patience.ask('ModifySnapshotAttribute', () =>
        clients.ec2(region).send(
          new ModifySnapshotAttributeCommand({
            SnapshotId: snapshotId,
            Attribute: 'createVolumePermission',
            OperationType: 'add',
            ...(accounts.length > 0 && { UserIds: accounts }),
            ...(sharing.public && { GroupNames: ['all'] }),
          }),
          { abortSignal: patience.signal },
        ),
      );
    }
  }

  private async parameter(region: string, name: string): Promise<void> {
    const { clients, patience } = this.options.place;
    const { imageId } = this.in(region);
    if (imageId === undefined) throw new BugError('a parameter is set to an image that is not there');
    await patience.ask('PutParameter', () =>
      clients.ssm(region).send(
        new PutParameterCommand({
          Name: name,
          Value: imageId,
          Type: 'String',
          DataType: 'aws:ec2:image',
          Overwrite: true,
        }),
        { abortSignal: patience.signal },
      ),
    );
    await parameterSet(this.options.place, region, { name, value: imageId });
  }

  /** Nothing points to it any more before it goes. */
  private async retire(step: Extract<Step, { kind: 'retire' }>): Promise<void> {
    const made = this.in(step.region);
    const ids = new Set([step.imageId, ...step.snapshotIds]);
    made.retiring = new Set([...(made.retiring ?? []), ...ids]);
    await removeImage(this.options.place, step.region, step);
    made.retiring = new Set([...made.retiring].filter((id) => !ids.has(id)));
  }
}
