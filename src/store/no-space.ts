/** Full disks: recognised in whatever form a system call or a tool reports them, and explained. */
import { statfs } from 'node:fs/promises';
import { ToolError, UserError } from '../errors.ts';
import { formatSize } from '../units.ts';

const WORDS = /No space left on device|Disk quota exceeded/i;

/** Whether an error, or what caused it, is a full disk. */
export function isNoSpace(error: unknown): boolean {
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
 */
export async function explainNoSpace(
  error: unknown,
  place: { readonly directory: string; readonly doing: string },
): Promise<unknown> {
  if (!isNoSpace(error) || (error instanceof UserError && error.code === 'no-space')) return error;
  const found = await statfs(place.directory).catch(() => undefined);
  const seen =
    found === undefined
      ? {}
      : {
          seen: `${formatSize(found.bavail * found.bsize)} free of ${formatSize(found.blocks * found.bsize)} there`,
        };
  return new UserError('no-space', `no space left while ${place.doing}`, {
    where: place.directory,
    ...seen,
    next: [
      'free some space, or remove what old builds left with ./basalt clean',
      'put the store elsewhere with BASALT_STORE=DIRECTORY, and the image with --output DIRECTORY',
      'then build again: finished stages are kept',
    ],
    cause: error,
  });
}
