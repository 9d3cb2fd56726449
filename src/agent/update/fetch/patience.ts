/** How long a server is given before its answer counts as a failure, and how often it is asked again. */

export interface Patience {
  /** Failures one after the other, of one file. */
  readonly attempts: number;
  /** An attempt ends when less than {@link SLOWEST_BYTES_PER_SECOND} come for so long. */
  readonly slowSeconds: number;
}

/** At this rate a payload of 200 MiB takes 14 hours: who is slower is not worth waiting for, and may mean it. */
export const SLOWEST_BYTES_PER_SECOND = 4096;

/** A server that refuses at once is given up after about 15 s, one that is silent after 3 min. The timer asks again later. */
export const usualPatience: Patience = { attempts: 6, slowSeconds: 30 };
