/** What fsck.vfat, which systemd runs before it mounts the ESP, finds in one that a power cut left. */
import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { execa } from 'execa';
import type { Toolbox } from '../../../src/tools/toolbox.ts';

/** Its own words, the totals, that it was not unmounted (a bit of the boot sector), and what it leaves alone. */
const NOT_MENDED =
  /^fsck\.fat|Dirty bit|data may be corrupt|Automatically removing|files, .*clusters|Performing changes|Filesystem was changed|boot sector and its backup|mostly harmless|^65:01\/00|Not automatically fixing/i;

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
      .map((line) => line.trim())
      .filter((line) => line !== '' && !NOT_MENDED.test(line))
      // Which clusters and how many bytes are another story each time.
      .map((line) => line.replace(/[0-9]{2,}/g, 'N'));
    return exitCode === 0 ? '' : [...new Set(told)].join('; ');
  } finally {
    await rm(copy, { force: true });
  }
}
