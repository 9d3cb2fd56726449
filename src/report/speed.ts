/** How fast something is going, from what it said in the last few seconds. */

/** How much was done at a moment. */
export interface Sample {
  readonly atMs: number;
  readonly done: number;
}

/** Speed is judged over this much time: short enough to follow a change, long enough to read. */
const WINDOW_MS = 4000;

/** Samples closer together than this replace each other, so that a window stays small. */
const SPACING_MS = 200;

/** Below this much time a speed would be a guess. */
const MEANINGFUL_MS = 500;

/** Adds a sample and forgets what is too old. A count that went down starts anew. */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.done < last.done) return [sample];
  const beforeLast = samples.at(-2);
  const replaces = last !== undefined && beforeLast !== undefined && last.atMs - beforeLast.atMs < SPACING_MS;
  const kept = replaces ? samples.slice(0, -1) : samples;
  const oldest = kept.findLastIndex(({ atMs }) => atMs <= sample.atMs - WINDOW_MS);
  return [...kept.slice(Math.max(oldest, 0)), sample];
}

/**
 * Units per second up to `nowMs`, falling while nothing new is heard.
 * @returns Undefined while there is too little to judge from.
 */
export function speedOf(samples: readonly Sample[], nowMs: number): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || first === last) return undefined;
  const elapsedMs = nowMs - first.atMs;
  return elapsedMs < MEANINGFUL_MS ? undefined : ((last.done - first.done) * 1000) / elapsedMs;
}
