/** Trying again with growing pauses, until a deadline. */
import type { Host } from '../host.ts';
import { Unreadable } from '../machine/unreadable.ts';

/** How one attempt ended. */
export type Attempt<T> =
  | { readonly value: T }
  /** @property passing Another attempt may do better. */
  | { readonly reason: string; readonly passing: boolean };

/** The last attempt's failure. */
export class GaveUp extends Unreadable {
  /** @param passing Asking again later may help. */
  constructor(
    reason: string,
    readonly passing: boolean,
  ) {
    super(reason);
  }
}

/** The network of a machine that starts is there in a second or two, or takes long. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * @param attempt Gets the milliseconds that are left.
 * @param what For the log, without credentials.
 * @param attempts The most that are made, for what will be asked again later anyway.
 * @throws {GaveUp} with the last reason, after the deadline or when another attempt cannot do better.
 */
export function persist<T>(
  host: Host,
  deadlineMs: number,
  what: string,
  attempt: (leftMs: number) => Attempt<T>,
  attempts = Number.POSITIVE_INFINITY,
): T {
  const startedMs = host.monotonicMs();
  let told = '';
  for (let count = 1; ; count++) {
    const result = attempt(Math.max(deadlineMs - host.monotonicMs(), 1000));
    if ('value' in result) return result.value;
    const pauseMs = pauseAfter(count, Math.random());
    if (!result.passing) throw new GaveUp(result.reason, false);
    if (count >= attempts || host.monotonicMs() + pauseMs >= deadlineMs) {
      const seconds = Math.round((host.monotonicMs() - startedMs) / 1000);
      throw new GaveUp(
        `${result.reason} (gave up after ${count === 1 ? 'one attempt' : `${count} attempts`} in ${seconds} s)`,
        true,
      );
    }
    if (result.reason !== told) host.log('info', `${what}: ${result.reason}; trying again`);
    told = result.reason;
    host.sleep(pauseMs);
  }
}

/**
 * Doubles each time up to ten seconds; half of it is left to chance, so that machines which start together do not
 * ask together.
 * @param chance From 0 up to 1.
 */
export function pauseAfter(attempts: number, chance: number): number {
  const longestMs = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 16), LONGEST_PAUSE_MS);
  return Math.round(longestMs * (0.5 + chance / 2));
}
