/** Results of system calls, as QuickJS gives them: a negative errno is a failure. */
import { strerror } from 'std';
import { HostError } from '../host.ts';

/** errno(3) on Linux. */
const ENOENT = 2;
export const EEXIST = 17;
const ENOTDIR = 20;
export const EINVAL = 22;

/**
 * @param doing Such as `write /etc/hostname`.
 * @throws {HostError} when the call failed.
 */
export function succeeded(doing: string, result: number): number {
  if (result < 0) throw failure(doing, -result);
  return result;
}

/** The error of an errno. */
export function failure(doing: string, errno: number): HostError {
  return new HostError(doing, strerror(errno));
}

/** Whether an errno only says that there is nothing at a path. */
export function isMissing(errno: number): boolean {
  return errno === ENOENT || errno === ENOTDIR;
}
