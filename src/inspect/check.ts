/** One thing that was checked. */

/** What came of a check. `unchecked`: nothing is there to compare with, which is no failure. */
export type CheckOutcome = 'ok' | 'failed' | 'unchecked';

/** A check and its result. */
export interface Check {
  /** Name of the file it is about. */
  readonly file: string;
  /** Where in the file, such as `slot 1.2.0`; undefined for the whole of it. */
  readonly place: string | undefined;
  /** What should be true of it. */
  readonly claim: string;
  readonly outcome: CheckOutcome;
  /** Why it failed or was not checked: the first bad block, what was found. */
  readonly detail: string | undefined;
}

/** What a check is about. */
export type Subject = Pick<Check, 'file'> & Partial<Pick<Check, 'place'>>;

/** A check whose claim either holds or fails for a reason. */
export function check({ file, place }: Subject, claim: string, problem: string | undefined): Check {
  return { file, place, claim, outcome: problem === undefined ? 'ok' : 'failed', detail: problem };
}

/** A claim that nothing here could prove. */
export function unchecked({ file, place }: Subject, claim: string, why: string): Check {
  return { file, place, claim, outcome: 'unchecked', detail: why };
}
