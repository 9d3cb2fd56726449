/** A file from an address that its owner chose: patient with the network, short with a server that says no. */
import type { Host } from '../host.ts';
import type { HttpAddress } from '../http/address.ts';
import { request } from '../http/request.ts';
import { persist } from '../http/retry.ts';
import { USER_DATA_MAXIMUM_BYTES } from './size.ts';

/** For one attempt: a server that trickles is left and asked again. */
const ATTEMPT_TIMEOUT_MS = 60_000;
const REDIRECTS = 5;

/**
 * @returns The body as it came.
 * @throws {Unreadable} after the deadline, or when the server's answer is final.
 */
export function fetchUserData(host: Host, address: HttpAddress, deadlineMs: number): Uint8Array {
  return fetch(host, address, deadlineMs, USER_DATA_MAXIMUM_BYTES, []) ?? new Uint8Array();
}

/** As {@link fetchUserData}; undefined when the server says that there is no such file. */
export function fetchIfThere(
  host: Host,
  address: HttpAddress,
  deadlineMs: number,
  maximumBytes: number,
): Uint8Array | undefined {
  return fetch(host, address, deadlineMs, maximumBytes, [404]);
}

function fetch(
  host: Host,
  address: HttpAddress,
  deadlineMs: number,
  maximumBytes: number,
  accept: readonly number[],
): Uint8Array | undefined {
  const { status, body } = persist(host, deadlineMs, address.shown, (leftMs) =>
    request(
      host,
      { address, maximumBytes, timeoutMs: Math.min(leftMs, ATTEMPT_TIMEOUT_MS), redirects: REDIRECTS },
      accept,
    ),
  );
  return status === 200 ? body : undefined;
}
