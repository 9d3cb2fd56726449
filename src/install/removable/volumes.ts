/** File systems on sticks and discs: where keys and configurations are brought on, and logs are taken away. */
import { z } from 'zod';
import { formatSize } from '../../units.ts';
import type { PartitionPlace } from '../mounted.ts';
import type { Programs } from '../programs.ts';

/** A file system that can be mounted. */
export interface Volume {
  readonly place: PartitionPlace;
  readonly fileSystem: string;
  readonly label: string | undefined;
  /** Discs are not written to. */
  readonly isReadOnly: boolean;
  /** `BACKUP, 14.9 GiB, vfat` */
  readonly title: string;
}

const deviceSchema = z.object({
  name: z.string(),
  type: z.string(),
  size: z.coerce.number(),
  fstype: z.string().nullish(),
  label: z.string().nullish(),
  rm: z.boolean().nullish(),
  hotplug: z.boolean().nullish(),
  ro: z.boolean().nullish(),
  tran: z.string().nullish(),
  partn: z.coerce.number().nullish(),
  /** In units of 512 bytes, whatever the sectors are: sysfs counts so. */
  start: z.coerce.number().nullish(),
});
type Device = z.infer<typeof deviceSchema> & { readonly children?: readonly Device[] | undefined };
const treeSchema: z.ZodType<Device> = deviceSchema.extend({
  children: z.lazy(() => z.array(treeSchema)).optional(),
});
const lsblkSchema = z.object({ blockdevices: z.array(treeSchema) });

/** What people put files on; others, such as squashfs, are parts of systems. */
const FILE_SYSTEMS = ['vfat', 'exfat', 'ext2', 'ext3', 'ext4', 'iso9660', 'udf', 'ntfs', 'xfs', 'btrfs'];

/** Lists them. @param without Device of the medium that the installer runs from, and the name of its volume. */
export async function listVolumes(
  programs: Programs,
  without: { readonly medium: string | undefined; readonly volume: string },
  signal?: AbortSignal,
): Promise<readonly Volume[]> {
  const columns = 'NAME,TYPE,SIZE,FSTYPE,LABEL,RM,HOTPLUG,RO,TRAN,PARTN,START';
  const { stdout } = await programs(['lsblk', '--json', '--bytes', '--tree', `--output=${columns}`], {
    signal,
  });
  return parseVolumes(stdout, without);
}

/** Pure. */
export function parseVolumes(
  json: string,
  without: { readonly medium: string | undefined; readonly volume: string },
): readonly Volume[] {
  const { blockdevices } = lsblkSchema.parse(JSON.parse(json));
  return blockdevices
    .filter((disk) => isRemovable(disk) && `/dev/${disk.name}` !== without.medium)
    .flatMap((disk) => [disk, ...(disk.children ?? [])].flatMap((device) => volumeOf(disk, device)))
    .filter(({ label }) => label !== without.volume);
}

function isRemovable({ type, rm, hotplug, tran }: Device): boolean {
  if (type === 'rom') return true;
  return (
    type === 'disk' &&
    (tran === 'usb' || rm === true || (hotplug === true && tran !== 'sata' && tran !== 'nvme'))
  );
}

function volumeOf(disk: Device, device: Device): readonly Volume[] {
  const { fstype, size, label } = device;
  if (!fstype || !FILE_SYSTEMS.includes(fstype)) return [];
  const isWhole = device === disk;
  // On a hybrid ISO the table's partitions are parts of the disk's own file system.
  if (!isWhole && disk.fstype === 'iso9660') return [];
  return [
    {
      place: {
        disk: `/dev/${disk.name}`,
        number: isWhole ? 0 : (device.partn ?? 0),
        firstByte: isWhole ? 0 : (device.start ?? 0) * 512,
        sizeBytes: size,
      },
      fileSystem: fstype,
      label: label || undefined,
      isReadOnly: disk.type === 'rom' || device.ro === true || ['iso9660', 'udf'].includes(fstype),
      title: `${label || device.name}, ${formatSize(size)}, ${fstype}`,
    },
  ];
}
