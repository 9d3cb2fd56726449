/** What fsck.vfat, which systemd runs before it mounts the ESP, finds in one that a power cut left. */
import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { execa } from 'execa';
import type { Toolbox } from '../../../src/tools/toolbox.ts';

/**
 * Runs it on a copy, with leave to mend.
 * @param work Gets the mended copy.
 * @returns What it mended, empty when there was nothing. That the file system was not unmounted does not count.
 */
export async function viewVfat(
  toolbox: Toolbox,
  path: string,
  work: (mended: string) => Promise<void> = async () => undefined,
): Promise<string> {
  const copy = `${path}.checked`;
  try {
    await execa('cp', ['--sparse=auto', '--', path, copy]);
    const { stdout, exitCode } = await toolbox.run(['fsck.vfat', '-a', '-w', `/disk/${basename(copy)}`], {
      binds: [{ source: dirname(copy), target: '/disk', writable: true }],
      accept: [0, 1],
    });
    await work(copy);
    const told = stdout
      .split('\n')
      .filter(
        (line) =>
          !/^fsck\.fat|Dirty bit|data may be corrupt|^ *Automatically removing|^$|files, .*clusters|Performing changes|Filesystem was changed/i.test(
            line,
          ),
      );
    return exitCode === 0 ? '' : told.join('; ');
  } finally {
    await rm(copy, { force: true });
  }
}
