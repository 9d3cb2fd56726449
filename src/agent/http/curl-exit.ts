/** What curl's exit codes mean to the owner of a machine: curl(1), "EXIT CODES". */
import { isAddressProblem, parseHttpAddress } from './address.ts';
import type { HttpRequest } from './http-request.ts';

/** Exit codes after which another attempt ends the same. */
const FINAL = new Set([
  1, // a redirect to a protocol that is not allowed
  2,
  3, // malformed
  4,
  23, // cannot write
  47, // too many redirects
  63, // too large
  127, // no curl
]);

/** The machine's fault, not the server's. */
export const CANNOT_WRITE = 'the answer cannot be written (is the disk full?)';

/** Of 4xx, these ask for patience: RFC 9110 and RFC 6585 (Too Many Requests), RFC 8470 (Too Early). */
const PATIENT_STATUSES = new Set([408, 425, 429]);

/** Whether another attempt may do better. A certificate that is not valid yet may be: the clock is set by the network. */
export function isPassing(exitCode: number, status: number): boolean {
  if (exitCode === 0 || exitCode === 22) return status >= 500 || PATIENT_STATUSES.has(status);
  return !FINAL.has(exitCode);
}

/**
 * @param exitCode curl's, not 0 unless the status is the reason.
 * @param status 0 when there was no answer.
 * @param stderr The last resort: it names no address, since curl's messages do not.
 * @param redirect Where a redirect leads.
 */
export function curlReason(
  exitCode: number,
  status: number,
  stderr: string,
  what: HttpRequest,
  redirect = '',
): string {
  const { host, scheme } = what.address;
  switch (exitCode) {
    case 0:
    case 22:
      return status >= 300 && status < 400
        ? `the server answers ${status}, a redirect${placeOf(redirect)}, which is not followed here`
        : `the server answers ${status}${STATUS_WORDS[status] ?? ''}`;
    case 1:
      return scheme === 'https'
        ? 'it redirects to an address that is not https'
        : 'it redirects to an address that is neither http nor https';
    case 6:
      return `the name ${host} cannot be resolved`;
    case 7:
      return `no connection to ${host}: ${curlSaid(stderr)}`;
    case 18:
      return 'the answer ends before it is complete';
    case 23:
      return CANNOT_WRITE;
    case 28:
      if (what.slowest !== undefined && /too slow/i.test(stderr))
        return `less than ${bound(what.slowest.bytesPerSecond)} a second came for ${what.slowest.seconds} s`;
      return `no complete answer within ${Math.round(what.timeoutMs / 1000)} s`;
    case 47:
      return `more than ${what.redirects} redirects`;
    case 52:
      return 'the server closes the connection without an answer';
    case 60:
      return `the certificate of ${host} is not trusted${distrust(stderr)}: ${curlSaid(stderr)}`;
    case 63:
      return `the answer is larger than ${bound(what.maximumBytes)}, which is the most that is accepted`;
    case 124:
      return 'curl did not end in time';
    case 127:
      return 'the image has no curl';
    default:
      return `curl ends with ${exitCode}: ${curlSaid(stderr)}`;
  }
}

/** What to look at, as far as OpenSSL's words say it: x509 "verify", DIAGNOSTICS. */
function distrust(stderr: string): string {
  if (/expired|not yet valid/.test(stderr)) return " (is the machine's clock right?)";
  return /issuer certificate|self.signed/.test(stderr)
    ? ' (it is of an authority that this machine does not know)'
    : '';
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  401: ' (credentials are missing or wrong)',
  403: ' (forbidden)',
  404: ' (there is nothing at this address)',
};

function bound(maximumBytes: number): string {
  return maximumBytes % 1024 === 0 ? `${maximumBytes / 1024} KiB` : `${maximumBytes} bytes`;
}

/** It comes from the server, and may hold credentials. */
function placeOf(redirect: string): string {
  const address = parseHttpAddress(redirect);
  return isAddressProblem(address) ? '' : ` to ${address.shown}`;
}

/**
 * What curl says went wrong: `curl: (7) Failed to connect to …`. Warnings come before it, and of certificates several lines about
 * its web pages after it.
 */
export function curlSaid(stderr: string): string {
  const lines = stderr.trim().split('\n');
  const line = lines.find((each) => FAILURE.test(each)) ?? lines.at(-1) ?? '';
  return line.replace(FAILURE, '') || 'no further word';
}

const FAILURE = /^curl: \(\d+\) /;
