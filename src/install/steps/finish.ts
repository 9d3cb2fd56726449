/** Step 7: the slot gets its name, and last of all comes the UKI that starts it. */
import { randomUUID } from 'node:crypto';
import { slotUuids } from '../../disk/root-hash.ts';
import type { PartitionName } from '../../disk/table-copy.ts';
import { UserError } from '../../errors.ts';
import { withDevice } from '../block-device.ts';
import type { InstallContext, PartitionedDisk } from '../context.ts';
import { EMPTY_LABEL } from '../disks/layout.ts';
import type { SlotPlan } from '../slot-plan.ts';
import { renamePartitions } from '../table.ts';
import { newUkiPath, removalsOf, unfinishedUkiPath } from '../uki-files.ts';

/** When this returns, a power cut changes nothing any more. */
export async function finish(context: InstallContext, disk: PartitionedDisk): Promise<void> {
  const { source, programs, signal } = context;
  const { esp, shape, slots } = disk;
  const unfinished = unfinishedUkiPath(source.version);
  const target = newUkiPath(source.version);

  // 1. The UKI, under a name that the boot loader passes over.
  await esp.change([{ kind: 'put', from: source.uki.path, path: unfinished }]);
  const digest = await esp.digest(unfinished);
  if (digest !== source.uki.sha256)
    throw new UserError('disk-loses-data', `${shape.path} does not hold what was written to it`, {
      seen: `SHA-256 ${digest}`,
      needed: `SHA-256 ${source.uki.sha256}`,
      where: `${unfinished} in the ESP`,
      next: ['use another disk; look at this one with smartctl, and at the messages of the kernel, dmesg'],
    });

  // 2. The new names, in one write. What is kept has its own until nothing needs it, but for the same root: the kernel could
  // not tell which of two slots its UKI means, and the old UKI starts the new one as well.
  const uuids = slotUuids(source.rootHash);
  const names = namesOf(source.version, uuids, slots);
  const freed = freedNames(slots);
  const isSameRoot = slots.freed?.root.uuid === uuids.root;
  await renamePartitions(shape, isSameRoot ? new Map([...freed, ...names]) : names);

  // 3. The UKI's own name: from here on the disk starts. One of the same name, of an earlier try, is what it replaces.
  await esp.change([{ kind: 'rename', from: unfinished, to: target }]);
  await flush(disk);

  // 4. What the boot loader would start before it.
  const name = target.slice(target.lastIndexOf('/') + 1);
  await esp.change(removalsOf(slots.removedLast.filter(({ file }) => file !== name)));
  await flush(disk);
  if (!isSameRoot && freed.size > 0) await renamePartitions(shape, freed);
  // Whoever looks at the disk next sees its new names; on a machine without udev, or while it is busy, later.
  await programs(['blockdev', '--rereadpt', shape.path], { signal, accept: [0, 1] });
}

function namesOf(
  version: string,
  uuids: { readonly root: string; readonly verity: string },
  { target }: SlotPlan,
): ReadonlyMap<number, PartitionName> {
  return new Map<number, PartitionName>([
    [target.root.number, { label: `root_${version}`, uuid: uuids.root }],
    [target.verity.number, { label: `verity_${version}`, uuid: uuids.verity }],
  ]);
}

/** Of a slot whose version goes, since it is not older than what is installed. */
function freedNames({ freed }: SlotPlan): ReadonlyMap<number, PartitionName> {
  const partitions = freed === undefined ? [] : [freed.root, freed.verity];
  return new Map(partitions.map(({ number }) => [number, { label: EMPTY_LABEL, uuid: randomUUID() }]));
}

/** The disk empties its cache, whatever path the writes took to it. */
async function flush({ shape }: PartitionedDisk): Promise<void> {
  await withDevice(shape.path, 'write', (device) => device.flush());
}
