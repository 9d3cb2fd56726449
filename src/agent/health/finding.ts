/** What one check found. */
export interface Finding {
  /** Why the machine is not well. */
  readonly problems: readonly string[];
  /** What may end well by itself: a problem when it does not in time. */
  readonly waitsFor: readonly string[];
  /** What is odd, and no reason to call the machine unwell. */
  readonly warnings: readonly string[];
}

/** Nothing to say. */
export const well: Finding = { problems: [], waitsFor: [], warnings: [] };
