/** How a snapshot becomes an image: firmware, disks, metadata service. */
import type { RegisterImageCommandInput, TagSpecification } from '@aws-sdk/client-ec2';
import { GIB } from '../../units.ts';
import type { PublishedDisk } from './disk.ts';
import { amiName, contentTags } from './names.ts';

export interface Registration {
  readonly disk: PublishedDisk;
  /** A TPM 2.0 for instances: NitroTPM, which needs UEFI. */
  readonly tpm: boolean;
  /** Of the root volume, in bytes; at least the disk's size. */
  readonly volumeBytes: number;
}

/** Pure: the request that makes an image of a snapshot. */
export function registrationOf(
  { disk, tpm, volumeBytes }: Registration,
  snapshotId: string,
): RegisterImageCommandInput {
  return {
    Name: amiName(disk),
    Description: descriptionOf(disk),
    Architecture: disk.architecture === 'arm64' ? 'arm64' : 'x86_64',
    VirtualizationType: 'hvm',
    RootDeviceName: ROOT_DEVICE,
    BlockDeviceMappings: [
      {
        DeviceName: ROOT_DEVICE,
        Ebs: {
          SnapshotId: snapshotId,
          VolumeType: 'gp3',
          VolumeSize: Math.ceil(Math.max(volumeBytes, disk.sizeBytes) / GIB),
          DeleteOnTermination: true,
        },
      },
    ],
    BootMode: 'uefi',
    EnaSupport: true,
    // Instances get their metadata with a session token only.
    ImdsSupport: 'v2.0',
    ...(tpm && { TpmSupport: 'v2.0' as const }),
    TagSpecifications: tagSpecifications(disk, ['image']),
  };
}

/** Every type of instance with UEFI has NVMe, whatever the device is called here. */
const ROOT_DEVICE = '/dev/xvda';

/** For people who look at a list of images. */
export function descriptionOf({ image, version, rootHash }: PublishedDisk): string {
  return `Basalt ${image} ${version}${rootHash === undefined ? '' : `, root ${rootHash}`}`;
}

/** Tags that something has from its first moment. */
export function tagSpecifications(
  disk: PublishedDisk,
  types: readonly ('image' | 'snapshot')[],
): TagSpecification[] {
  const Tags = Object.entries(contentTags(disk)).map(([Key, Value]) => ({ Key, Value }));
  return types.map((ResourceType) => ({ ResourceType, Tags }));
}
