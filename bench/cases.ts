/** The cases both builders are measured in, and what was measured. */
import type { StageTime } from './basalt.ts';
import type { Timed } from './timed.ts';

export const benchCases = {
  scratch: { title: 'from scratch, packages downloaded', target: 'at most 0.6 × mkosi' },
  changed: { title: 'after one changed overlay file', target: "at most 0.3 × mkosi's incremental" },
  unchanged: { title: 'unchanged', target: 'at most 1.5 s' },
} as const;
export type BenchCase = keyof typeof benchCases;
export const caseNames = Object.keys(benchCases) as BenchCase[];

/** One run. */
export interface Sample extends Omit<Timed, 'stdout'> {
  /** Basalt's only. */
  readonly stages?: readonly StageTime[];
}

/** Runs by case. */
export type Samples = Readonly<Record<BenchCase, Sample[]>>;

export function noSamples(): Samples {
  return { scratch: [], changed: [], unchanged: [] };
}
