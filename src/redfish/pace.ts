/** Waiting: pauses that Ctrl-C ends, trying again with pauses that grow, looking until something is true. */
import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError } from '../errors.ts';

/** How long to wait between things. Tests are quicker. */
export interface Pace {
  /** Between two looks at something that should change. */
  readonly pollMs: number;
  /** Before the first further try; doubled each time. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Tries of a request that may be repeated. */
  readonly attempts: number;
  /** For an answer to a question. iDRACs that are busy take their time. */
  readonly askTimeoutMs: number;
  /** For an answer to a change. Some BMCs fetch the whole beginning of an image before they answer. */
  readonly actTimeoutMs: number;
  /** For a task that the BMC works on by itself. */
  readonly taskLimitMs: number;
}

/** For real BMCs: with these pauses about a minute of one that is restarting its services. */
export const usualPace: Pace = {
  pollMs: 3000,
  firstPauseMs: 1000,
  longestPauseMs: 20_000,
  attempts: 7,
  askTimeoutMs: 30_000,
  actTimeoutMs: 120_000,
  taskLimitMs: 600_000,
};

/** A pause. @throws {InterruptedError} when the signal ends it. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, { signal });
  } catch {
    throw new InterruptedError();
  }
}

/** The pause before try number `attempt` + 1, with jitter so that many clients do not come back together. */
export function backOffMs({ firstPauseMs, longestPauseMs }: Pace, attempt: number): number {
  const whole = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
  return whole * (0.5 + Math.random() / 2);
}

/**
 * Looks until it sees something.
 * @param look Gives what is waited for, or undefined.
 * @returns What was seen; undefined when the limit passed first. It always looks once more at the end.
 */
export async function untilSeen<T>(
  look: () => Promise<T | undefined>,
  options: { readonly limitMs: number; readonly pollMs: number; readonly signal: AbortSignal },
): Promise<T | undefined> {
  const endMs = performance.now() + options.limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return undefined;
    await pause(Math.min(options.pollMs, leftMs), options.signal);
  }
}
