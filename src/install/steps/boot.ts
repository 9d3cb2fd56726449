/** Step 5: the boot loader, where firmware finds it with and without an entry of its own. */

import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { messageOf, ToolError } from '../../errors.ts';
import type { InstallContext, PartitionedDisk } from '../context.ts';
import { digestOfFile } from '../digest.ts';
import type { EspChange } from '../esp/change.ts';
import { makeBootEntry } from '../firmware.ts';

/** The first is what the entry names; the second is what firmware starts of a disk it has no entry for (UEFI 2.10, 3.5.1.1). */
const LOADER_PATHS = ['EFI/systemd/systemd-bootx64.efi', 'EFI/BOOT/BOOTX64.EFI'] as const;

/** @returns The number of the firmware's entry, such as `0003`; undefined without one. */
export async function installLoader(
  context: InstallContext,
  { esp, espPlace }: PartitionedDisk,
): Promise<string | undefined> {
  const { source, request, bootEntry, note, signal } = context;
  const loader = join(source.boot, 'systemd-bootx64.efi');
  const files = [
    ...LOADER_PATHS.map((path): EspFile => ({ kind: 'put', from: loader, path })),
    ...(await settingsOf(source.boot)),
  ];
  await esp.change(request.keepVar ? await withoutSame(esp, files, signal) : files);
  if (!bootEntry) return undefined;
  try {
    return await makeBootEntry(context, espPlace, `\\${LOADER_PATHS[0].replaceAll('/', '\\')}`);
  } catch (error) {
    if (signal.aborted) throw error;
    note(
      'warning',
      `the firmware took no entry for the disk (${messageOf(error)}): it starts where the firmware tries disks by itself; otherwise choose the disk in the firmware's boot menu`,
    );
    return undefined;
  }
}

type EspFile = Extract<EspChange, { readonly kind: 'put' }>;

/** The version that stays needs its boot loader at every moment: one that is the same is not replaced. */
async function withoutSame(
  esp: PartitionedDisk['esp'],
  files: readonly EspFile[],
  signal: AbortSignal,
): Promise<readonly EspFile[]> {
  const changed: EspFile[] = [];
  for (const file of files) {
    const there = await esp.digest(file.path).catch((error: unknown) => {
      // It is missing, or cannot be read: it is written.
      if (signal.aborted || !(error instanceof ToolError)) throw error;
      return undefined;
    });
    if (there !== (await digestOfFile(file.from))) changed.push(file);
  }
  return changed;
}

/** Everything below `loader/`. */
async function settingsOf(folder: string): Promise<readonly EspFile[]> {
  const entries = await readdir(join(folder, 'loader'), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry): EspFile => {
      const from = join(entry.parentPath, entry.name);
      return { kind: 'put', from, path: relative(folder, from) };
    });
}
