/** Changes to a file that a program just made. */

/** Some bytes and where they belong in the file. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}
