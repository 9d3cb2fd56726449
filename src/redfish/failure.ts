/** Failures of a conversation with a BMC, as people read them and as code tells them apart. */
import { UserError } from '../errors.ts';
import type { Json } from './json.ts';
import { adviceOf, type BmcMessage, keyOf, messagesIn, sayMessages } from './message.ts';
import type { TransportFault, TransportTrouble } from './transport.ts';

/** The BMC answered, and said no. */
export class BmcRefusal extends UserError {
  constructor(
    readonly status: number,
    readonly messages: readonly BmcMessage[],
    /** What the BMC asks to wait before the next try; undefined when it does not say. */
    readonly retryAfterMs: number | undefined,
    where: string,
    seen: string,
  ) {
    const { code, summary, next } = kindOf(status, messages);
    super(code, summary, { where, seen, next: [...next, ...adviceOf(messages)] });
  }

  /** Whether one of its messages has this key, whatever registry and version: `RAC0218`. */
  says(...keys: readonly string[]): boolean {
    return this.messages.some((message) => keys.includes(keyOf(message)));
  }
}

/** No answer came. After a change it is not known whether it was made: look. */
export class BmcSilence extends UserError {
  constructor(
    readonly trouble: TransportTrouble,
    where: string,
    cause: TransportFault,
  ) {
    super(`bmc-${trouble}`, silences[trouble], { where, seen: cause.message, next: steps[trouble], cause });
  }
}

/** A task was there, and is not any more; how it ended is not known. */
export class TaskVanished extends UserError {
  constructor(what: string, where: string, cause: BmcRefusal) {
    super('bmc-task-vanished', `the BMC lost its task for ${what}`, {
      where,
      ...(cause.seen === undefined ? {} : { seen: cause.seen }),
      next: ['look whether it was done; running this again does no harm'],
      cause,
    });
  }
}

/** What a BMC said makes no sense. */
export function nonsense(where: string, seen: string, needed: string): UserError {
  return new UserError('bmc-answer-invalid', 'the BMC gave an answer that cannot be used', {
    where,
    seen,
    needed,
  });
}

/** Something did not become true in time. */
export function tooLate(summary: string, where: string, seen: string, next: readonly string[]): UserError {
  return new UserError('bmc-time-limit', summary, { where, seen, next });
}

/**
 * Whether a failure leaves open if the BMC did what it was asked. Then what is there decides, not the failure: iDRAC 8 has
 * answered 400 to a boot override that it did set (ansible-collections/community.general issue 5091), and answers get lost.
 */
export function leavesOpen(error: unknown): boolean {
  if (error instanceof TaskVanished) return true;
  if (error instanceof BmcSilence) return error.trouble !== 'unreachable';
  return error instanceof BmcRefusal && (error.status >= 500 || error.status === 409);
}

/** Makes the refusal of an answer. `where` is method and URL. */
export function refusalOf(
  status: number,
  body: Json | undefined,
  text: string,
  retryAfterMs: number | undefined,
  where: string,
): BmcRefusal {
  const messages = messagesIn(body);
  const said = sayMessages(messages);
  const rest = said === '' ? text.replace(/\s+/g, ' ').trim().slice(0, MOST_SHOWN) : said;
  return new BmcRefusal(
    status,
    messages,
    retryAfterMs,
    where,
    rest === '' ? `HTTP ${status}` : `HTTP ${status}: ${rest}`,
  );
}

/** Of an answer that is no JSON. */
const MOST_SHOWN = 200;

/**
 * iDRAC's own message for a full table of sessions is RAC0218, with HTTP 503 (stmcginnis/gofish issue 75); the standard's
 * is SessionLimitExceeded, in the Base registry (DSP8011).
 */
export const SESSIONS_FULL = ['RAC0218', 'SessionLimitExceeded'] as const;

function kindOf(
  status: number,
  messages: readonly BmcMessage[],
): { code: string; summary: string; next: readonly string[] } {
  const keys = messages.map(keyOf);
  if (keys.some((key) => SESSIONS_FULL.some((full) => full === key))) {
    return {
      code: 'bmc-sessions-full',
      summary: 'the BMC has no free session',
      next: ['log out of its web pages and consoles, or wait until old sessions expire (iDRAC: 30 minutes)'],
    };
  }
  switch (status) {
    case 401:
      return {
        code: 'bmc-login-refused',
        summary: 'the BMC does not accept this user and password',
        next: [
          'check --user, and BASALT_BMC_PASSWORD or --password-file',
          'mind that several wrong tries may lock the account or this address for a while',
        ],
      };
    case 403:
      return {
        code: 'bmc-not-allowed',
        summary: 'this user of the BMC may not do that',
        next: [
          'give the user the roles it needs: login, system control, virtual media and, on iDRAC, configuration',
        ],
      };
    case 404:
      return { code: 'bmc-resource-missing', summary: 'the BMC does not have this resource', next: [] };
    case 429:
    case 503:
      return {
        code: 'bmc-busy',
        summary: 'the BMC is too busy to answer',
        next: ['wait a few minutes, and run this again'],
      };
    default:
      return { code: 'bmc-refused', summary: 'the BMC refused a request', next: [] };
  }
}

const silences: Readonly<Record<TransportTrouble, string>> = {
  unreachable: 'the BMC cannot be reached',
  cut: 'the connection to the BMC broke',
  timeout: 'the BMC did not answer in time',
  oversize: 'the BMC sends more than any answer should be',
};

const steps: Readonly<Record<TransportTrouble, readonly string[]>> = {
  unreachable: [
    'check the address, the cable and VLAN of the management port, and that its HTTPS service is on',
  ],
  cut: ['run this again: what was done already is not done twice'],
  timeout: [
    'run this again; when it stays silent, restart the BMC (iDRAC: hold the identify button for 16 seconds)',
  ],
  oversize: ['check that this address is a BMC'],
};
