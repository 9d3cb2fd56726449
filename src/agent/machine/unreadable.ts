/** How reading something from outside fails: parts below say why, who asked says what and where. */

/** A file, a disk or an answer cannot be read. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  /** @param reason Such as `the answer is larger than 1 MiB`. */
  constructor(readonly reason: string) {
    super(reason);
  }
}
