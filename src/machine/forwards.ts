/** Which ports of the host lead into a running machine. */
import { BugError } from '../errors.ts';
import type { Forward } from './spec.ts';

/** A forward with its real host port. */
export type OpenForward = Required<Forward>;

/**
 * Reads the answer of QEMU's `info usernet`, which has lines such as
 * `TCP[HOST_FORWARD]  11  127.0.0.1 40957  10.0.2.15 22  0 0`. Needed because port 0 takes any free one.
 */
export function parseForwards(usernet: string): OpenForward[] {
  const line = /TCP\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)/g;
  return [...usernet.matchAll(line)].map(([, hostAddress, hostPort, guestPort]) => {
    if (hostAddress === undefined) throw new BugError('a forward without an address');
    return { hostAddress, hostPort: Number(hostPort), guestPort: Number(guestPort) };
  });
}
