/** Trying again with growing pauses. */
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Doubles each time up to ten seconds; half of it is left to chance, so that machines which start together do not ask
 * together.
 * @param attempts How many were made.
 */
export function pauseAfter(attempts: number): number {
  const longestMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 16), LONGEST_PAUSE_MS);
  return Math.round(longestMs * (0.5 + Math.random() / 2));
}

/** How one attempt ended: with a value, or why not, and whether another may do better. */
export type Attempt<T> = { readonly value: T } | { readonly reason: string; readonly passing: boolean };

/**
 * @param limitMs For all attempts and pauses together; the last attempt may begin shortly before its end.
 * @returns The first value, or the last attempt's failure.
 */
export async function persist<T>(
  limitMs: number,
  signal: AbortSignal,
  attempt: () => Promise<Attempt<T>>,
): Promise<Attempt<T>> {
  const deadlineMs = performance.now() + limitMs;
  for (let attempts = 1; ; attempts++) {
    const result = await attempt();
    const pauseMs = pauseAfter(attempts);
    if ('value' in result || !result.passing || performance.now() + pauseMs >= deadlineMs) return result;
    await sleep(pauseMs, undefined, { signal });
  }
}
