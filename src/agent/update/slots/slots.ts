/** The disk's two slots: which one runs, and which one an update may write. */
import { partitionTypes } from '../../../disk/partition-types.ts';
import { slotUuids } from '../../../disk/root-hash.ts';
import type { PartitionEntry } from '../../../disk/table-copy.ts';
import type { Host } from '../../host.ts';
import { UpdateFailure } from '../failure.ts';
import { type DiskTable, readDiskTable } from './disk-table.ts';

/** What a slot is called that holds no version: sysupdate.d(5) has the same. */
export const EMPTY_LABEL = '_empty';

export interface SlotPartition extends PartitionEntry {
  /** Such as `/dev/vda3`. */
  readonly device: string;
}

export interface Slot {
  readonly name: 'A' | 'B';
  readonly root: SlotPartition;
  readonly verity: SlotPartition;
  /** By its labels; undefined when it is empty, or half written. */
  readonly version: string | undefined;
}

export interface Slots {
  readonly table: DiskTable;
  /** What runs. */
  readonly active: Slot;
  /** What may be written. */
  readonly passive: Slot;
}

/** The verified root, as systemd-veritysetup names it. */
const ROOT_DEVICE = '/dev/mapper/root';

/**
 * Finds the slots on the disk that the running root came from, whatever other disks there are.
 * @throws {UpdateFailure} when this is no machine with two slots, such as one that was started from the network.
 */
export function findSlots(host: Host): Slots {
  const hash = /(?:^|\s)roothash=([0-9a-f]{64})(?:\s|$)/.exec(host.readText('/proc/cmdline') ?? '')?.[1];
  const dm = host.readLink(ROOT_DEVICE)?.split('/').at(-1);
  if (hash === undefined || dm === undefined)
    throw noSlots(
      'the root is not a verified root from a disk: /proc/cmdline has no roothash=, or there is no /dev/mapper/root',
    );
  const disk = diskOf(host, dm);
  const table = readDiskTable(host, `/dev/${disk}`);
  const devices = partitionDevices(host, disk);
  const partitions = table.partitions.map((partition): SlotPartition => {
    const device = devices.get(partition.number);
    return { ...partition, device: device === undefined ? '' : `/dev/${device}` };
  });
  const roots = partitions.filter(({ typeGuid }) => typeGuid === partitionTypes.rootX8664.guid);
  const verities = partitions.filter(({ typeGuid }) => typeGuid === partitionTypes.rootX8664Verity.guid);
  const slots = (['A', 'B'] as const).flatMap((name, index): Slot[] => {
    const [root, verity] = [roots[index], verities[index]];
    if (root === undefined || verity === undefined) return [];
    return [{ name, root, verity, version: versionOf(root, verity) }];
  });
  const uuids = slotUuids(hash);
  const active = slots.find(({ root, verity }) => root.uuid === uuids.root && verity.uuid === uuids.verity);
  const passive = slots.find((slot) => slot !== active);
  if (active === undefined || passive === undefined)
    throw noSlots(
      `/dev/${disk} has ${slots.length} of them${active === undefined ? ', and none is what runs' : ''}`,
    );
  if (passive.root.device === '' || passive.verity.device === '')
    throw noSlots(`the kernel does not know the partitions of slot ${passive.name} of /dev/${disk}`);
  return { table, active, passive };
}

/** The disk that a device-mapper device is read from, as `vda`. */
function diskOf(host: Host, dm: string): string {
  for (const slave of host.list(`/sys/class/block/${dm}/slaves`)) {
    if (host.kind(`/sys/class/block/${slave}/partition`) === undefined) continue;
    // A partition's folder lies inside its disk's folder.
    const disk = host.readLink(`/sys/class/block/${slave}`)?.split('/').at(-2);
    if (disk !== undefined) return disk;
  }
  throw noSlots(`the root ${dm} is not on partitions`);
}

function partitionDevices(host: Host, disk: string): ReadonlyMap<number, string> {
  const folder = `/sys/class/block/${disk}`;
  return new Map(
    host.list(`${folder}/`).flatMap((name): [number, string][] => {
      const number = host.readText(`${folder}/${name}/partition`)?.trim();
      return number === undefined ? [] : [[Number(number), name]];
    }),
  );
}

/** Labels are `root_VERSION` and `verity_VERSION`. Both must say the same. */
function versionOf(root: PartitionEntry, verity: PartitionEntry): string | undefined {
  const version = /^root_(.+)$/.exec(root.label)?.[1];
  return version !== undefined && verity.label === `verity_${version}` ? version : undefined;
}

function noSlots(seen: string): UpdateFailure {
  return new UpdateFailure(`this machine has no two slots for the system: ${seen}`, {
    next: 'a machine is updated when it runs from the disk it was installed to',
  });
}
