/** Files that are read into memory: documents of a repository, channels, releases. */

import type { Host } from '../../host.ts';
import type { HttpAddress } from '../../http/address.ts';
import { request } from '../../http/request.ts';
import { GaveUp, persist } from '../../http/retry.ts';
import { Unreadable } from '../../machine/unreadable.ts';
import { UpdateFailure } from '../failure.ts';
import { type Patience, SLOWEST_BYTES_PER_SECOND } from './patience.ts';

/** What to do when asking again does not help. */
export const CHECK_THE_SERVER =
  'check the address of the server (update.server, or SERVER in /etc/basalt/update.conf), and what the server has';

/** For one attempt: the largest of them, 10 MB, needs 83 kB/s. */
const ATTEMPT_TIMEOUT_MS = 120_000;
const LIMIT_MS = 300_000;
/** A bucket whose listing is not public answers 403 for what is not there. */
const NOT_THERE = [403, 404];

export interface SmallFile {
  readonly address: HttpAddress;
  readonly maximumBytes: number;
  /** Undefined rather than a failure when the server says that it has no such file. */
  readonly mayBeMissing?: boolean;
}

/** @throws {UpdateFailure} */
export function fetchSmallFile(
  host: Host,
  { address, maximumBytes, mayBeMissing = false }: SmallFile,
  { attempts, slowSeconds }: Patience,
): Uint8Array | undefined {
  try {
    const { status, body } = persist(
      host,
      host.monotonicMs() + LIMIT_MS,
      `update: ${address.shown}`,
      (leftMs) =>
        request(
          host,
          {
            address,
            maximumBytes,
            timeoutMs: Math.min(leftMs, ATTEMPT_TIMEOUT_MS),
            slowest: { bytesPerSecond: SLOWEST_BYTES_PER_SECOND, seconds: slowSeconds },
            redirects: 0,
          },
          mayBeMissing ? NOT_THERE : [],
        ),
      attempts,
    );
    return status === 200 ? body : undefined;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const passing = error instanceof GaveUp && error.passing;
    throw new UpdateFailure(`${address.shown}: ${error.reason}`, {
      next: passing ? 'the next check tries again' : CHECK_THE_SERVER,
      passing,
    });
  }
}
