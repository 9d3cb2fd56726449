/** Step 2: partitions, and a free slot in which nothing starts. */
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BugError, UserError } from '../../errors.ts';
import { type DiskShape, withDevice } from '../block-device.ts';
import type { CheckedDisk, InstallContext, PartitionedDisk } from '../context.ts';
import { readDefinitions } from '../definitions.ts';
import { type BasaltLayout, BEGUN_PREFIX, EMPTY_LABEL, partitionsOn, readLayout } from '../disks/layout.ts';
import { espAt } from '../esp/esp.ts';
import { planEmptyDisk, planKeptVar } from '../slot-plan.ts';
import { renamePartitions } from '../table.ts';
import { removalsOf } from '../uki-files.ts';
import { wipeDisk } from './wipe.ts';

/** Erases the disk and divides it anew, or frees a slot beside the /var that stays. */
export async function partition(context: InstallContext, checked: CheckedDisk): Promise<PartitionedDisk> {
  const { request, source } = context;
  const { found, shape } = checked;
  if (!request.keepVar) {
    await wipeDisk(context, shape, found.partitions);
    await repart(context, shape);
  }
  const layout = request.keepVar ? found.layout : await layoutOf(shape);
  const slots = layout && (request.keepVar ? planKeptVar(layout, source.version) : planEmptyDisk(layout));
  if (layout === undefined || slots === undefined)
    throw new UserError('partition-failed', `${shape.path} has not the partitions that were made`, {
      next: ['look at the messages of the kernel, dmesg: the disk may lose data'],
    });
  const place = (each: {
    readonly number: number;
    readonly firstByte: number;
    readonly sizeBytes: number;
  }) => ({
    disk: shape.path,
    number: each.number,
    firstByte: each.firstByte,
    sizeBytes: each.sizeBytes,
  });
  const espPlace = place(layout.esp);
  const partitioned = {
    shape,
    slots,
    espPlace,
    varPlace: layout.var && place(layout.var),
    esp: espAt(context.programs, espPlace, context.signal),
  };
  if (request.keepVar) await freeSlot(context, partitioned);
  return partitioned;
}

/** The root of slot A says from the first moment what is being installed. */
async function repart(context: InstallContext, shape: DiskShape): Promise<void> {
  const { source, scratch, programs, signal } = context;
  const folder = join(scratch, 'repart.d');
  const definitions = await readDefinitions(source.definitions);
  await mkdir(folder, { recursive: true });
  for (const { file } of definitions) await copyFile(join(source.definitions, file), join(folder, file));
  const root = definitions.find(({ type }) => type === 'root');
  if (root === undefined) throw new BugError('definitions without a root were accepted');
  await mkdir(join(folder, `${root.file}.d`), { recursive: true });
  await writeFile(
    join(folder, `${root.file}.d/begun.conf`),
    `[Partition]\nLabel=${`${BEGUN_PREFIX}${source.version}`.replaceAll('%', '%%')}\n`,
  );
  await programs(
    [
      'systemd-repart',
      '--empty=force',
      '--dry-run=no',
      // Machines of the same image must not have partitions of the same UUID.
      '--seed=random',
      `--definitions=${folder}`,
      '--no-pager',
      shape.path,
    ],
    {
      signal,
      reads: [folder],
      // Of 4 TiB, writing all inode tables now would take minutes; the kernel does it in the background. Nor is the rest
      // discarded again: repart has done that, and a discard through its loop device becomes zeros that are written to all of
      // the disk (systemd's pull request 39261).
      env: { SYSTEMD_REPART_MKFS_OPTIONS_EXT4: '-E nodiscard,lazy_itable_init=1,lazy_journal_init=1' },
    },
  );
}

async function layoutOf(shape: DiskShape): Promise<BasaltLayout | undefined> {
  return withDevice(shape.path, 'read', async (device) => {
    const partitions = await partitionsOn(device.read, shape);
    return partitions && readLayout(device.read, partitions);
  });
}

/** Nothing leads to the slot any more before its names go, and its names before its content. */
async function freeSlot({ source }: InstallContext, { shape, slots, esp }: PartitionedDisk): Promise<void> {
  await esp.change(removalsOf(slots.removedFirst));
  const { root, verity } = slots.target;
  await renamePartitions(
    shape,
    new Map([
      [root.number, { label: `${BEGUN_PREFIX}${source.version}`, uuid: randomUUID() }],
      [verity.number, { label: EMPTY_LABEL, uuid: randomUUID() }],
    ]),
  );
}
