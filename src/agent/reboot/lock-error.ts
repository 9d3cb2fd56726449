/** The lock could not be asked, or did not do what was asked. A machine that gets this does not restart. */
export class LockError extends Error {
  override readonly name = 'LockError';
}
