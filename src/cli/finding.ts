/** One thing `doctor` looked at. */

/** What was found of a prerequisite. */
export interface Finding {
  readonly name: string;
  /** `missing` keeps Basalt from working; `note` is worth knowing. */
  readonly state: 'ok' | 'missing' | 'note';
  /** What was found: a version, a path, a size. */
  readonly found: string;
  /** What it is for, or what is needed. */
  readonly purpose: string;
  /** Debian package that has it. */
  readonly package?: string | undefined;
  /** What to do about it, when it is not a package. */
  readonly next?: string | undefined;
}
