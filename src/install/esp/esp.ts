/** The ESP of the disk that is installed to. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ToolError } from '../../errors.ts';
import type { PartitionPlace } from '../mounted.ts';
import type { Programs } from '../programs.ts';
import { changeByMount, readByMount } from './by-mount.ts';
import { changeByMtools, readByMtools } from './by-mtools.ts';
import type { EspChange } from './change.ts';

export interface Esp {
  /** Makes changes in their order; each is on the disk before the next begins. */
  readonly change: (changes: readonly EspChange[]) => Promise<void>;
  /** SHA-256 of a file, read from the disk and not from memory. */
  readonly digest: (path: string) => Promise<string>;
}

/** mount(8) says so when the kernel has no such file system; the words are util-linux's. */
const NO_VFAT = /unknown filesystem type/;

/** @param place Of the ESP. It is mounted, or where the kernel has no vfat changed with mtools. */
export function espAt(programs: Programs, place: PartitionPlace, signal: AbortSignal): Esp {
  /** Undefined until it was tried. */
  let hasVfat: boolean | undefined;
  const either = async (byMount: () => Promise<void>, byMtools: () => Promise<void>) => {
    if (hasVfat === false) return byMtools();
    try {
      await byMount();
      hasVfat = true;
    } catch (error) {
      if (hasVfat || !(error instanceof ToolError) || !NO_VFAT.test(error.stderrTail)) throw error;
      hasVfat = false;
      await byMtools();
    }
  };
  return {
    change: (changes) =>
      either(
        () => changeByMount(programs, place, changes, { signal }),
        () => changeByMtools(programs, place, changes, { signal }),
      ),
    async digest(path) {
      // What memory has of the disk goes, so that what follows is read from it.
      await programs(['blockdev', '--flushbufs', place.disk], { signal });
      const hash = createHash('sha256');
      const onOutput = async (stdout: Readable) => {
        for await (const chunk of stdout) hash.update(chunk as Buffer);
      };
      await either(
        () => readByMount(programs, place, path, { signal, onOutput }),
        () => readByMtools(programs, place, path, { signal, onOutput }),
      );
      return hash.digest('hex');
    },
  };
}
