/** Where something in a text was written. */

/** A place in a file that a person would look at. */
export interface Origin {
  /** File as the user named it, or `--set KEY` for what the command line set. */
  readonly file: string;
  /** 1-based, as the column; both are 0 for defaults and for the command line. */
  readonly line: number;
  readonly column: number;
}
