/** What a failed request of Node.js' fetch means: in words, and whether the server can have seen it. */
import { messageOf } from '../../errors.ts';

export interface RequestFailure {
  readonly reason: string;
  /** Nothing was sent: the same request may be made again, also one that works only once. */
  readonly isUnsent: boolean;
}

/** Of getaddrinfo(3), connect(2), and undici's own limit for connecting. No byte of a request has left before these. */
const UNSENT: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its name cannot be resolved now',
  ENOTFOUND: 'its name is not known',
  ECONNREFUSED: 'it refuses the connection',
  EHOSTUNREACH: 'it cannot be reached',
  ENETUNREACH: 'there is no way to its network',
  EADDRNOTAVAIL: 'this machine has no address for its network',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
};

/** @param error What fetch threw; its message names neither address nor headers. */
export function requestFailure(error: unknown): RequestFailure {
  if (error instanceof Error && error.name === 'TimeoutError')
    return { reason: 'no complete answer came in time', isUnsent: false };
  const causes = causesOf(error);
  for (const cause of causes) {
    const code = codeOf(cause);
    const words = code === undefined ? undefined : UNSENT[code];
    if (words !== undefined) return { reason: words, isUnsent: true };
  }
  const last = causes.at(-1);
  const code = codeOf(last);
  if (code === 'CERT_NOT_YET_VALID')
    return { reason: 'its certificate is not valid yet: is the clock right?', isUnsent: true };
  if (code?.startsWith('CERT_') || /certificate|SIGNED/i.test(code ?? ''))
    return { reason: `its certificate is not trusted: ${messageOf(last)}`, isUnsent: false };
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET')
    return { reason: 'it ended the connection without a complete answer', isUnsent: false };
  if (messageOf(last) === 'bad port')
    return { reason: 'its port belongs to another protocol (Fetch Standard, "bad port")', isUnsent: false };
  return { reason: messageOf(last), isUnsent: false };
}

/** The error, what caused it, what caused that; of several attempts at once, each. */
function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let at = error; at instanceof Error && causes.length < 10; at = at.cause) {
    causes.push(at);
    if (at instanceof AggregateError) causes.push(...at.errors);
  }
  return causes;
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
