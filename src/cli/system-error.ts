/** Errors of the operating system that the person at the keyboard can mend. */
import { UserError } from '../errors.ts';

/** errno(3) names, what they mean here, and what to do. */
const explanations: Readonly<Record<string, readonly [summary: string, next: string]>> = {
  ENOSPC: ['no space is left on the disk', 'free some space there: `df -h` shows how much each disk has'],
  EDQUOT: ['the disk quota is used up', 'free some space, or ask for a larger quota'],
  EACCES: ['permission was denied', 'check who owns that path and what its permissions allow'],
  EPERM: ['the operation is not permitted', 'check who owns that path, or run as a user who may do this'],
  EROFS: ['the file system is read-only', 'choose a place on a writable file system'],
  EMFILE: ['too many files are open', 'raise the limit with `ulimit -n 65536` and run this again'],
};

/**
 * Translates what Node.js throws for a full disk and the like, which is no defect of Basalt.
 * @returns Undefined when the error is something else.
 */
export function asUserError(error: unknown): UserError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const explanation = explanations[error.code];
  if (explanation === undefined) return undefined;
  const [summary, next] = explanation;
  const where = 'path' in error && typeof error.path === 'string' ? { where: error.path } : {};
  return new UserError(error.code.toLowerCase(), summary, {
    seen: error.message,
    ...where,
    next: [next],
    cause: error,
  });
}
