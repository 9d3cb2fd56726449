/**
 * Asks again what may succeed the next time, later each time: exponential back-off with full jitter. The one layer that
 * retries: the SDK's own is off, so that what happens is told, and the number of parallel uploads can follow it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError } from '../../errors.ts';
import { faultKind } from './fault.ts';

/** How long to be patient. */
export interface PatienceOptions {
  readonly signal: AbortSignal;
  /** Told of each failure that is tried again. */
  readonly onRetry?: (retry: Retry) => void;
  /** Tries for what passes by itself. */
  readonly attempts?: number;
  /** The longest first pause. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

export interface Retry {
  /** The call, such as `PutSnapshotBlock`. */
  readonly call: string;
  readonly throttled: boolean;
  readonly attempt: number;
  readonly error: unknown;
}

/** With the pauses below: about four minutes of a service that does not answer. */
const ATTEMPTS = 14;
/** Refused twice in the same way, the way is not to blame. */
const DOUBTFUL_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;

export class Patience {
  constructor(private readonly options: PatienceOptions) {}

  get signal(): AbortSignal {
    return this.options.signal;
  }

  /**
   * Calls until it succeeds or cannot.
   * @param work Made anew for each try; `attempt` counts from 1.
   * @throws the last error, with the number of tries in `attempts`.
   */
  async ask<T>(call: string, work: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      if (this.signal.aborted) throw new InterruptedError();
      try {
        return await work(attempt);
      } catch (error) {
        if (this.signal.aborted) throw new InterruptedError();
        const kind = faultKind(error);
        const most = kind === 'doubtful' ? DOUBTFUL_ATTEMPTS : (this.options.attempts ?? ATTEMPTS);
        const again = kind === 'throttled' || kind === 'transient' || kind === 'doubtful';
        if (!again || attempt >= most) throw error;
        this.options.onRetry?.({ call, throttled: kind === 'throttled', attempt, error });
        await this.pause(attempt);
      }
    }
  }

  /**
   * Asks until the answer is what is waited for.
   * @param look Gives undefined to be asked again.
   * @returns Undefined when `forMs` have passed.
   */
  async until<T>(
    call: string,
    everyMs: number,
    forMs: number,
    look: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const endAt = performance.now() + forMs;
    for (;;) {
      const found = await this.ask(call, look);
      if (found !== undefined) return found;
      if (performance.now() > endAt) return undefined;
      await this.wait(everyMs);
    }
  }

  private pause(attempt: number): Promise<void> {
    const first = this.options.firstPauseMs ?? FIRST_PAUSE_MS;
    const longest = Math.min(this.options.longestPauseMs ?? LONGEST_PAUSE_MS, first * 2 ** (attempt - 1));
    return this.wait(Math.random() * longest);
  }

  private async wait(forMs: number): Promise<void> {
    await sleep(forMs, undefined, { signal: this.signal }).catch(() => {
      throw new InterruptedError();
    });
  }
}
