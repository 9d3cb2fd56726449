/**
 * The instance metadata service, version 2: a token first, then everything with it (EC2 user guide, "Use the Instance
 * Metadata Service"). Version 1 answers whoever makes a machine send a plain GET, so it is never asked.
 */
import type { Host } from '../host.ts';
import type { Attempt } from '../http/retry.ts';
import { askLinkLocal, LINK_LOCAL } from './link-local.ts';

/** IPv4 first: the other is there only in subnets with IPv6, and only when it was switched on. */
export const imdsAddresses = [LINK_LOCAL, 'http://[fd00:ec2::254]'] as const;

/** Long enough for one session. */
const TOKEN_SECONDS = 300;
const TOKEN_MAXIMUM_BYTES = 4096;

export interface Imds {
  /** Such as `http://169.254.169.254/latest`. */
  readonly address: string;
  /** @returns Undefined for what this instance does not have (404). */
  get(path: string, maximumBytes: number): Attempt<Uint8Array | undefined>;
}

/**
 * Gets a token from the first address that answers.
 * @returns `off` when the service is switched off for this instance: 403, as the user guide has it.
 */
export function openImds(
  host: Host,
  deadlineMs: number,
  addresses: readonly string[],
): Attempt<Imds | 'off'> {
  const reasons: string[] = [];
  let passing = false;
  for (const base of addresses) {
    const attempt = token(host, base, deadlineMs);
    if ('value' in attempt) {
      if (attempt.value === 'off') return { value: 'off' };
      return { value: imds(host, base, attempt.value, deadlineMs) };
    }
    reasons.push(`${base}: ${attempt.reason}`);
    passing ||= attempt.passing;
    // It spoke: the other address leads to the same service.
    if (!attempt.passing) return { reason: reasons.join('; '), passing: false };
  }
  return { reason: reasons.join('; '), passing };
}

function token(host: Host, base: string, deadlineMs: number): Attempt<string | 'off'> {
  const attempt = askLinkLocal(
    host,
    deadlineMs,
    {
      url: `${base}/latest/api/token`,
      method: 'PUT',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) },
      maximumBytes: TOKEN_MAXIMUM_BYTES,
    },
    [403, 404, 405],
  );
  if (!('value' in attempt)) return attempt;
  const { status, body } = attempt.value;
  if (status === 403) return { value: 'off' };
  if (status !== 200) {
    return {
      reason: `it answers ${status} to a PUT for a token: it does not speak IMDSv2, and IMDSv1 is not used`,
      passing: false,
    };
  }
  const text = String.fromCharCode(...body);
  if (!/^[\x21-\x7e]+$/.test(text)) return { reason: 'its token is empty or no token', passing: true };
  return { value: text };
}

function imds(host: Host, base: string, text: string, deadlineMs: number): Imds {
  const address = `${base}/latest`;
  return {
    address,
    get(path, maximumBytes) {
      const attempt = askLinkLocal(
        host,
        deadlineMs,
        { url: `${address}/${path}`, headers: { 'X-aws-ec2-metadata-token': text }, maximumBytes },
        [404],
      );
      // The token ran out or was of another session: a new one mends it.
      if (!('value' in attempt))
        return { ...attempt, passing: attempt.passing || / 401\b/.test(attempt.reason) };
      return { value: attempt.value.status === 404 ? undefined : attempt.value.body };
    },
  };
}
