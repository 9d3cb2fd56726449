/** Step 1: everything that can be known to go wrong is known before anything is written. */
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import { formatSize } from '../../units.ts';
import { withDevice } from '../block-device.ts';
import type { CheckedDisk, InstallContext } from '../context.ts';
import { type Definition, readDefinitions } from '../definitions.ts';
import { digestOfFile } from '../digest.ts';
import type { BasaltFound } from '../disk.ts';
import { whyAnotherDisk } from '../disks/identity.ts';
import { findDisks } from '../disks/list.ts';
import { partitionPath } from '../disks/partition-path.ts';
import { whyNotKept } from '../slot-plan.ts';
import type { InstallSource } from '../source.ts';

/** @throws {UserError} with the reason. */
export async function checkAll(context: InstallContext): Promise<CheckedDisk> {
  const { source, request, machine, bootEntry, programs, signal, note } = context;
  if (bootEntry && machine.firmware !== 'uefi')
    throw new UserError(
      'needs-uefi',
      'what is installed starts by UEFI, and this machine was started by BIOS',
      {
        next: [
          'choose UEFI in the firmware settings (on a Dell server: System BIOS, Boot Settings, Boot Mode)',
        ],
      },
    );
  const definitions = await readDefinitions(source.definitions);
  await checkSource(source, definitions);
  const [found] = await findDisks({ source, signal, programs, only: request.disk });
  if (found === undefined) throw new UserError('no-disk', `${request.disk} is not there`);
  const { disk, shape, layout } = found;
  if (disk.refusal !== undefined)
    throw new UserError('disk-refused', `nothing can be installed to ${disk.name}: ${disk.refusal}`, {
      where: disk.path,
      next: ['choose another disk: basalt install --list shows them'],
    });
  const another = request.chosen && whyAnotherDisk(disk, request.chosen);
  if (another !== undefined)
    throw new UserError('disk-changed', `${disk.name} is not the disk that was chosen: ${another}`, {
      where: disk.path,
      next: ['look at the disks again, and choose anew: basalt install --list'],
    });
  // The kernel's own word on whether something uses it.
  await withDevice(shape.path, 'write', async () => undefined);
  if (disk.contents.basalt?.interrupted) note('info', interruptedText(disk.contents.basalt));
  if (request.keepVar) {
    const varPath = layout?.var && partitionPath(shape.path, layout.var.number);
    const varFileSystem = disk.contents.partitions.find(({ path }) => path === varPath)?.fileSystem;
    const reason = whyNotKept(layout, varFileSystem, source);
    if (reason !== undefined)
      throw new UserError('var-not-kept', `the data in /var of ${disk.name} cannot be kept: ${reason}`, {
        where: disk.path,
        next: ['install without keeping /var, which erases the disk, or choose another disk'],
      });
  }
  return { found, shape };
}

/** What a person is told of an interrupted installation. */
function interruptedText({ interruptedVersion, versions }: BasaltFound): string {
  const what =
    interruptedVersion === undefined ? 'an installation' : `an installation of ${interruptedVersion}`;
  const rest =
    versions.length === 0 ? 'nothing on it starts' : `version ${versions.join(', ')} on it is whole`;
  return `${what} was interrupted on this disk: ${rest}`;
}

async function checkSource(source: InstallSource, definitions: readonly Definition[]): Promise<void> {
  const invalid = (summary: string, where: string, seen?: string) =>
    new UserError('source-invalid', summary, {
      where,
      ...(seen === undefined ? {} : { seen }),
      next: ['the medium or the folder is damaged: copy it again from its source'],
    });
  for (const path of [source.root.path, source.verity.path, join(source.boot, 'systemd-bootx64.efi')]) {
    await access(path).catch((cause: unknown) => {
      throw new UserError('source-invalid', 'a part of what is to be installed is missing', {
        where: path,
        cause,
      });
    });
  }
  const { size } = await stat(source.uki.path).catch(() => ({ size: -1 }));
  if (size !== source.uki.sizeBytes)
    throw invalid(
      'the UKI to install has not its size',
      source.uki.path,
      `${size} bytes, ${source.uki.sizeBytes} were built`,
    );
  if ((await digestOfFile(source.uki.path)) !== source.uki.sha256)
    throw invalid('the UKI to install is not what was built', source.uki.path);
  for (const [type, part] of [
    ['root', source.root],
    ['root-verity', source.verity],
  ] as const) {
    const room = Math.min(
      ...definitions.filter((each) => each.type === type).map((each) => each.sizeMinBytes),
    );
    if (part.sizeBytes > room)
      throw invalid(
        `the image's ${type} does not fit its own partitions`,
        source.definitions,
        `${formatSize(part.sizeBytes)} for a partition of ${formatSize(room)}`,
      );
  }
}
