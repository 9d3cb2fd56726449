/** Collects what is wrong with a cloud-config, within bounds: a hostile text has no end of mistakes. */
import type { Problem } from '../errors.ts';
import type { Origin } from '../yaml/origin.ts';

/** More than anybody reads at once. */
const MAXIMUM_PROBLEMS = 100;

/** What to write instead; a function when finding it takes time. */
export type Hint = string | (() => string);

/** Problems and warnings, each at its place. */
export class Report {
  private readonly found: Problem[] = [];
  private readonly noted: Problem[] = [];
  private left = 0;

  /** Something that keeps the configuration from being applied. */
  problem(at: Origin, message: string, hint?: Hint): void {
    this.add(this.found, at, message, hint);
  }

  /** Something that is allowed, and probably not meant. */
  warning(at: Origin, message: string, hint?: Hint): void {
    this.add(this.noted, at, message, hint);
  }

  get problems(): readonly Problem[] {
    const problems = [...this.found].sort(byPlace);
    const last = problems.at(-1);
    if (this.left === 0 || last === undefined) return problems;
    return [...problems, { ...last, message: `and ${this.left} more`, hint: 'mend these first' }];
  }

  get warnings(): readonly Problem[] {
    return [...this.noted].sort(byPlace);
  }

  private add(list: Problem[], { file, line, column }: Origin, message: string, hint?: Hint): void {
    if (list.length >= MAXIMUM_PROBLEMS) {
      if (list === this.found) this.left++;
      return;
    }
    const text = typeof hint === 'function' ? hint() : hint;
    list.push({ file, line, column, message, ...(text === undefined ? {} : { hint: text }) });
  }
}

function byPlace(left: Problem, right: Problem): number {
  return left.line - right.line || left.column - right.column;
}
