/** Reads what there is of our images in a region. */
import {
  DescribeImageAttributeCommand,
  DescribeSnapshotAttributeCommand,
  type Image,
  type LaunchPermission,
  paginateDescribeImages,
  paginateDescribeSnapshots,
  type Tag,
} from '@aws-sdk/client-ec2';
import { paginateGetParametersByPath } from '@aws-sdk/client-ssm';
import type { AwsPlace } from './aws-place.ts';
import { NAME_PREFIX, tagNames } from './names.ts';
import type { ExistingImage, ExistingSnapshot, RegionState, Sharing } from './state.ts';

const PAGE = 200;

export interface ObserveOptions {
  readonly region: string;
  /** Of SSM parameters. */
  readonly prefix: string;
  /** The image whose sharing matters; none when absent. */
  readonly name?: string;
}

export async function observeRegion(place: AwsPlace, options: ObserveOptions): Promise<RegionState> {
  const { region, prefix, name } = options;
  const [listed, snapshots, parameters] = await Promise.all([
    observeImages(place, region),
    observeSnapshots(place, region),
    observeParameters(place, region, prefix),
  ]);
  const images = listed.map((image) => ({ ...image, snapshotIds: disksOf(image, snapshots) }));
  const wanted = images.find((image) => image.name === name);
  const sharing: Record<string, Sharing> = {};
  if (wanted !== undefined) {
    sharing[wanted.id] = await imageSharing(place, region, wanted.id);
    for (const id of wanted.snapshotIds) sharing[id] = await snapshotSharing(place, region, id);
  }
  return { region, images, snapshots, parameters, sharing };
}

/** The snapshots of an image: those it names, and those that name it. */
function disksOf(image: ExistingImage, snapshots: readonly ExistingSnapshot[]): readonly string[] {
  const naming = snapshots.filter(({ state, tags }) => state === 'completed' && tags.Name === image.name);
  return [...new Set([...image.snapshotIds, ...naming.map(({ id }) => id)])];
}

/** Every image of the account with a name of ours. */
export async function observeImages(place: AwsPlace, region: string): Promise<readonly ExistingImage[]> {
  const { clients, patience } = place;
  return patience.ask('DescribeImages', async () => {
    const images: ExistingImage[] = [];
    const pages = paginateDescribeImages(
      { client: clients.ec2(region), pageSize: PAGE },
      { Owners: ['self'], Filters: [{ Name: 'name', Values: [`${NAME_PREFIX}*`] }] },
    );
    for await (const { Images = [] } of pages) images.push(...Images.flatMap(existingImage));
    return images;
  });
}

/** One image of an answer. */
export function existingImage(image: Image): readonly ExistingImage[] {
  if (image.ImageId === undefined || image.Name === undefined) return [];
  return [
    {
      id: image.ImageId,
      name: image.Name,
      state: image.State ?? 'pending',
      createdAt: image.CreationDate ?? '',
      tags: tagsOf(image.Tags),
      snapshotIds: (image.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
    },
  ];
}

async function observeSnapshots(place: AwsPlace, region: string): Promise<readonly ExistingSnapshot[]> {
  const { clients, patience } = place;
  return patience.ask('DescribeSnapshots', async () => {
    const snapshots: ExistingSnapshot[] = [];
    const pages = paginateDescribeSnapshots(
      { client: clients.ec2(region), pageSize: PAGE },
      { OwnerIds: ['self'], Filters: [{ Name: 'tag-key', Values: [tagNames.sha256] }] },
    );
    for await (const { Snapshots = [] } of pages) {
      for (const { SnapshotId, State, Tags } of Snapshots) {
        if (SnapshotId !== undefined)
          snapshots.push({ id: SnapshotId, state: State ?? 'pending', tags: tagsOf(Tags) });
      }
    }
    return snapshots;
  });
}

async function observeParameters(
  { clients, patience }: AwsPlace,
  region: string,
  prefix: string,
): Promise<Readonly<Record<string, string>>> {
  return patience.ask('GetParametersByPath', async () => {
    const found: Record<string, string> = {};
    const pages = paginateGetParametersByPath(
      { client: clients.ssm(region) },
      { Path: prefix, Recursive: true },
    );
    for await (const { Parameters = [] } of pages) {
      for (const { Name, Value } of Parameters) if (Name !== undefined) found[Name] = Value ?? '';
    }
    return found;
  });
}

async function imageSharing({ clients, patience }: AwsPlace, region: string, id: string): Promise<Sharing> {
  const { LaunchPermissions = [] } = await patience.ask('DescribeImageAttribute', () =>
    clients
      .ec2(region)
      .send(new DescribeImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' })),
  );
  return sharingOf(LaunchPermissions);
}

async function snapshotSharing(
  { clients, patience }: AwsPlace,
  region: string,
  id: string,
): Promise<Sharing> {
  const { CreateVolumePermissions = [] } = await patience.ask('DescribeSnapshotAttribute', () =>
    clients
      .ec2(region)
      .send(new DescribeSnapshotAttributeCommand({ SnapshotId: id, Attribute: 'createVolumePermission' })),
  );
  return sharingOf(CreateVolumePermissions);
}

function sharingOf(permissions: readonly Pick<LaunchPermission, 'Group' | 'UserId'>[]): Sharing {
  return {
    public: permissions.some(({ Group }) => Group === 'all'),
    accounts: permissions.flatMap(({ UserId }) => UserId ?? []),
  };
}

function tagsOf(tags: readonly Tag[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}
