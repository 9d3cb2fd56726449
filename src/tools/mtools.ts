/** mtools: reads a FAT file system inside a disk image, without mounting it. */
import { ToolError } from '../errors.ts';
import type { Command } from '../exec/run.ts';
import type { Toolbox } from './toolbox.ts';

/** Where the FAT file system is. */
export interface FatPlace {
  /** The disk image on the machine. */
  readonly disk: string;
  readonly offset: number;
}

const DISK = '/in/disk';

/** Pure: lists the paths below a folder, one a line. */
export function listCommand(offset: number, folder: string): Command {
  return ['mdir', '-b', '-i', `${DISK}@@${offset}`, `::${folder}`];
}

/** Pure: copies a file out. */
export function copyCommand(offset: number, path: string, target: string): Command {
  return ['mcopy', '-n', '-i', `${DISK}@@${offset}`, `::${path}`, target];
}

/**
 * The names in a folder; undefined when the folder is not there.
 * @throws {ToolError} when this is no FAT file system.
 */
export async function listFolder(
  toolbox: Toolbox,
  place: FatPlace,
  folder: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    const { stdout } = await toolbox.run(listCommand(place.offset, folder), {
      signal,
      binds: [{ source: place.disk, target: DISK }],
    });
    return stdout
      .split('\n')
      .filter((line) => line !== '' && !line.endsWith('/'))
      .map((line) => line.slice(line.lastIndexOf('/') + 1));
  } catch (error) {
    if (error instanceof ToolError && / not found/.test(error.stderrTail)) return undefined;
    throw error;
  }
}

/** Copies a file of the FAT file system to `folder/name`. */
export async function copyOut(
  toolbox: Toolbox,
  place: FatPlace,
  path: string,
  target: { readonly folder: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  await toolbox.run(copyCommand(place.offset, path, `/out/${target.name}`), {
    signal,
    binds: [
      { source: place.disk, target: DISK },
      { source: target.folder, target: '/out', writable: true },
    ],
  });
}
