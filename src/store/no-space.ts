/** Full disks: recognised in whatever form a system call or a tool reports them, and explained. */
import { statfs } from 'node:fs/promises';
import { ToolError, UserError } from '../errors.ts';
import { formatSize, MIB } from '../units.ts';

/** The system's own words, and tar's. */
const WORDS = /No space left on device|Disk quota exceeded|Wrote only \d+ of \d+ bytes/i;
/** A tool that fails on a disk with less than this most likely failed for it, whatever it said. */
const FULL_BYTES = MIB;

const FOR_A_BUILD = [
  'free some space, or remove what old builds left with ./basalt clean',
  'put the store elsewhere with BASALT_STORE=DIRECTORY, and the image with --output DIRECTORY',
  'then build again: finished stages are kept',
];

/** Whether an error, or what caused it, is a full disk. */
function isNoSpace(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return true;
  if (error instanceof ToolError && WORDS.test(error.stderrTail)) return true;
  if (error instanceof UserError && error.seen !== undefined && WORDS.test(error.seen)) return true;
  return isNoSpace(error.cause);
}

/**
 * Tells a full disk as what it is; any other error is given back as it came.
 * @param place.directory What was written to.
 * @param place.doing Ends the sentence "no space left while …".
 * @param place.next What to do; by default what helps a build.
 */
export async function explainNoSpace(
  error: unknown,
  place: { readonly directory: string; readonly doing: string; readonly next?: readonly string[] },
): Promise<unknown> {
  if (error instanceof UserError && error.code === 'no-space') return error;
  const found = await statfs(place.directory).catch(() => undefined);
  const isFull = found !== undefined && found.bavail * found.bsize < FULL_BYTES;
  if (!isNoSpace(error) && !(error instanceof ToolError && isFull)) return error;
  const seen =
    found === undefined
      ? {}
      : {
          seen: `${formatSize(found.bavail * found.bsize)} free of ${formatSize(found.blocks * found.bsize)} there`,
        };
  return new UserError('no-space', `no space left while ${place.doing}`, {
    where: place.directory,
    ...seen,
    next: place.next ?? FOR_A_BUILD,
    cause: error,
  });
}
