/** GNU tar: packs a few named files, the same bytes for the same content. */
import { basename, dirname } from 'node:path';
import type { Command } from '../exec/run.ts';
import type { Toolbox } from './toolbox.ts';

/** A file of the archive, by the name that it has there. */
export interface TarEntry {
  readonly name: string;
  readonly source: string;
}

export interface TarOptions {
  /** `ustar` as OVA needs it; `oldgnu` as Google's import does, which also knows files with holes. */
  readonly format: 'ustar' | 'oldgnu';
  /** Modification time of every file, in seconds since 1970. */
  readonly epoch: number;
  readonly gzip?: boolean;
  /** Leave out the holes of files. */
  readonly sparse?: boolean;
}

/** Pure: packs the files of /in in this order into `output`. */
export function tarCommand(names: readonly string[], output: string, options: TarOptions): Command {
  return [
    'tar',
    '--create',
    `--file=${output}`,
    `--format=${options.format}`,
    `--mtime=@${options.epoch}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=0644',
    ...(options.sparse ? ['--sparse'] : []),
    // Without the name and date of what it packs.
    ...(options.gzip ? ['--use-compress-program=gzip -n'] : []),
    '--directory=/in',
    '--',
    ...names,
  ];
}

/**
 * Packs files.
 * @param to A path whose folder exists.
 */
export async function packTar(
  toolbox: Toolbox,
  { entries, to }: { readonly entries: readonly TarEntry[]; readonly to: string },
  options: TarOptions,
  signal: AbortSignal,
): Promise<void> {
  const names = entries.map(({ name }) => name);
  await toolbox.run(tarCommand(names, `/out/${basename(to)}`, options), {
    signal,
    binds: [
      ...entries.map(({ name, source }) => ({ source, target: `/in/${name}` })),
      { source: dirname(to), target: '/out', writable: true },
    ],
  });
}
