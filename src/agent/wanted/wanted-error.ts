/** A valid configuration that this machine cannot follow. Nothing of it is applied. */
export class WantedError extends Error {
  override readonly name = 'WantedError';
  constructor(
    message: string,
    /** What to write instead. */
    readonly hint?: string,
  ) {
    super(message);
  }
}
