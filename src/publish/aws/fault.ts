/** What an answer of Amazon's services, or its absence, means for the call: again, slower, or not at all. */
import { messageOf } from '../../errors.ts';

/** `doubtful`: refused, which may be the fault of the way there; worth few more tries. */
type FaultKind = 'throttled' | 'transient' | 'doubtful' | 'expired' | 'credentials' | 'final';

/** Names of errors that ask for fewer requests: of EBS, EC2, SSM and S3. */
const THROTTLED = new Set([
  'RequestThrottledException',
  'RequestThrottled',
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'TooManyUpdates',
  'RequestLimitExceeded',
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'SlowDown',
]);

/** Names of errors that pass by themselves; also those of Node.js for a connection that broke. */
const TRANSIENT = new Set([
  'InternalServerException',
  'InternalServerError',
  'InternalError',
  'InternalFailure',
  'ServiceUnavailable',
  'Unavailable',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired']);

const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'AuthFailure',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
]);

/** Reasons of a ValidationException (EBS direct APIs) that pass, or that damage on the way explains. */
const DOUBTFUL_REASONS = new Set([
  'INVALID_BLOCK',
  'INVALID_PARAMETER_VALUE',
  'CONFLICTING_BLOCK_UPDATE',
  'WRITE_REQUEST_TIMEOUT',
]);

/** An answer that does not fit what was sent. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/** Pure: what an error means. */
export function faultKind(error: unknown): FaultKind {
  if (error instanceof AnswerError) return 'doubtful';
  const names = namesOf(error);
  const is = (set: ReadonlySet<string>) => names.some((name) => set.has(name));
  if (is(THROTTLED)) return 'throttled';
  if (is(EXPIRED)) return 'expired';
  if (is(CREDENTIALS)) return 'credentials';
  const reason = field(error, 'Reason');
  if (typeof reason === 'string' && DOUBTFUL_REASONS.has(reason)) return 'doubtful';
  if (is(TRANSIENT)) return 'transient';
  const status = statusOf(error);
  if (status === 429) return 'throttled';
  // An answer that is no XML or JSON: cut off, or from something in between.
  if (status === undefined && error instanceof SyntaxError) return 'transient';
  if (/socket hang up|Deserialization error|network/i.test(messageOf(error))) return 'transient';
  return status !== undefined && status >= 500 ? 'transient' : 'final';
}

/** Whether the service refused with this error code. */
export function isRefusal(error: unknown, ...names: readonly string[]): boolean {
  return namesOf(error).some((name) => names.includes(name));
}

/** Whether a service said it, in whatever words. */
export function isAnswer(error: unknown): boolean {
  return statusOf(error) !== undefined;
}

/** The code of an error and what was said: `InvalidAMIName.Duplicate: AMI name … is already in use`. */
export function describeFault(error: unknown): string {
  const [name] = namesOf(error);
  const message = messageOf(error);
  return name === undefined || name === 'Error' || message.startsWith(name) ? message : `${name}: ${message}`;
}

function namesOf(error: unknown): readonly string[] {
  const found = ['code', 'Code', 'name'].map((key) => field(error, key));
  const cause = error instanceof Error ? error.cause : undefined;
  return [...found, field(cause, 'code')].filter((name) => typeof name === 'string');
}

function statusOf(error: unknown): number | undefined {
  const status = field(field(error, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

function field(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' && key in value
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
