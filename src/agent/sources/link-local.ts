/** Requests to a metadata service: on the link, without proxies and redirects, and short, since it is next door. */
import type { Host } from '../host.ts';
import { isAddressProblem, parseHttpAddress } from '../http/address.ts';
import { type HttpAnswer, request } from '../http/request.ts';
import type { Attempt } from '../http/retry.ts';

/** Where the services of Amazon, Google and Microsoft are (RFC 3927). */
export const LINK_LOCAL = 'http://169.254.169.254';

/** What takes longer is lost. */
const REQUEST_TIMEOUT_MS = 5000;

export interface LinkLocalRequest {
  readonly url: string;
  readonly method?: 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly maximumBytes: number;
}

/** @param accept Statuses besides 200 that are answers rather than failures. */
export function askLinkLocal(
  host: Host,
  deadlineMs: number,
  { url, ...what }: LinkLocalRequest,
  accept: readonly number[],
): Attempt<HttpAnswer> {
  const address = parseHttpAddress(url);
  if (isAddressProblem(address)) throw new Error(`${url}: ${address.problem}`);
  const timeoutMs = Math.min(Math.max(deadlineMs - host.monotonicMs(), 1000), REQUEST_TIMEOUT_MS);
  return request(host, { ...what, address, timeoutMs, redirects: 0, direct: true }, accept);
}

/** Ends a reading of several answers at the one that failed. */
class AnswerMissing extends Error {
  constructor(readonly failure: { readonly reason: string; readonly passing: boolean }) {
    super(failure.reason);
  }
}

/** @param what For the error, such as `user-data`. @throws what {@link inOneGo} takes for a failed attempt. */
export function needed<T>(attempt: Attempt<T>, what: string): T {
  if ('value' in attempt) return attempt.value;
  throw new AnswerMissing({ ...attempt, reason: `${what}: ${attempt.reason}` });
}

/** One attempt that is made of several answers: the first that is {@link needed} and missing ends it. */
export function inOneGo<T>(read: () => T): Attempt<T> {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof AnswerMissing) return error.failure;
    throw error;
  }
}
