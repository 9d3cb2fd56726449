/**
 * Request and answer as JSON, repeated where that does no harm. What may be repeated: questions, changes that say what
 * should be rather than what to do, and whatever the BMC refused as too busy, since then it did nothing.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { BmcRefusal, BmcSilence, nonsense, refusalOf, SESSIONS_FULL } from './failure.ts';
import { asObject, type Json } from './json.ts';
import { backOffMs, type Pace, pause } from './pace.ts';
import { Redactor } from './secret.ts';
import { type BmcAnswer, type BmcRequest, type Transport, TransportFault } from './transport.ts';

export interface Question {
  readonly method: BmcRequest['method'];
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly signal: AbortSignal;
  /** Whether to send it again when no answer came. */
  readonly repeat: boolean;
}

/** An answer of the 200s. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Undefined when there is none. */
  readonly body: Json | undefined;
}

const MOST_REDIRECTS = 4;
/** What a BMC may ask to wait with Retry-After; more is not waited for in one go. */
const LONGEST_WAIT_MS = 60_000;
/** Passes by itself (RFC 9110, section 15). 500 is what iDRAC says in passing states (SYS446), for questions only. */
const BUSY = [429, 503];
const PASSING = [500, 502, 504];

export class Exchange {
  readonly redactor = new Redactor();

  constructor(
    private readonly transport: Transport,
    readonly pace: Pace,
    private readonly onMessage: (level: 'detail' | 'info' | 'warning', text: string) => void,
  ) {}

  get shown(): string {
    return this.transport.address.shown;
  }

  /** @throws {BmcRefusal} {BmcSilence} {InterruptedError} */
  async send(question: Question): Promise<Answer> {
    const { attempts } = this.pace;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(question);
      } catch (error) {
        const waitMs = this.waitBeforeRepeat(question, error, attempt);
        if (waitMs === undefined || attempt >= attempts) throw error;
        const { seen = '' } = error as BmcRefusal | BmcSilence;
        this.onMessage('detail', `${question.method} ${question.path}: ${seen.split('\n')[0]}; asking again`);
        await pause(waitMs, question.signal);
      }
    }
  }

  /** The path of a reference to this BMC: a path, or a URL with its name. Undefined for anything else. */
  pathOf(reference: unknown): string | undefined {
    if (typeof reference !== 'string' || reference === '') return undefined;
    const { host, port } = this.transport.address;
    const home = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
    if (!URL.canParse(reference, home)) return undefined;
    const { origin, pathname, search } = new URL(reference, home);
    return origin === new URL(home).origin ? `${pathname}${search}` : undefined;
  }

  private async once(question: Question): Promise<Answer> {
    let { path } = question;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.ask({ ...question, path });
      const where = this.whereOf(question.method, path);
      if (answer.status < 300 || answer.status === 304) return this.read(answer, where);
      if (question.method !== 'GET' || answer.status >= 400 || answer.headers.location === undefined)
        throw this.refusal(answer, where);
      // Nothing is sent to another machine: it would get the token.
      const target = this.pathOf(answer.headers.location);
      if (target === undefined || redirects === MOST_REDIRECTS)
        throw nonsense(
          where,
          this.clean(
            `a redirect to ${answer.headers.location}${target === undefined ? '' : ', after others'}`,
          ),
          'an answer, or a redirect to a place on the BMC itself',
        );
      path = target;
    }
  }

  private async ask({ method, path, headers = {}, body, signal }: Question): Promise<BmcAnswer> {
    try {
      return await this.transport.send({
        method,
        path,
        headers: {
          accept: 'application/json',
          'odata-version': '4.0',
          'user-agent': 'basalt',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        timeoutMs: method === 'GET' ? this.pace.askTimeoutMs : this.pace.actTimeoutMs,
        signal,
      });
    } catch (error) {
      if (error instanceof TransportFault)
        throw new BmcSilence(error.trouble, this.whereOf(method, path), error);
      throw error;
    }
  }

  private read({ status, headers, text }: BmcAnswer, where: string): Answer {
    if (text.trim() === '') return { status, headers, body: undefined };
    const body = jsonOf(text);
    if (body === undefined)
      throw nonsense(
        where,
        `${headers['content-type'] ?? 'no content type'}: ${this.clean(text.replace(/\s+/g, ' ').slice(0, 120))}`,
        'a JSON object: check that this address is a BMC with Redfish',
      );
    return { status, headers, body };
  }

  private refusal({ status, headers, text }: BmcAnswer, where: string): BmcRefusal {
    const cleaned = this.clean(text);
    return refusalOf(status, jsonOf(cleaned), cleaned, retryAfterMs(headers['retry-after']), where);
  }

  /** Undefined: not again. */
  private waitBeforeRepeat(question: Question, error: unknown, attempt: number): number | undefined {
    const usualMs = backOffMs(this.pace, attempt);
    // Slow is told soon: three times a full time limit is what a person waits for.
    if (error instanceof BmcSilence) {
      const most = error.trouble === 'timeout' ? 2 : this.pace.attempts;
      const again =
        error.trouble === 'unreachable' ? attempt <= 3 : question.repeat && error.trouble !== 'oversize';
      return again && attempt <= most ? usualMs : undefined;
    }
    if (!(error instanceof BmcRefusal) || error.says(...SESSIONS_FULL)) return undefined;
    if (BUSY.includes(error.status)) return Math.min(error.retryAfterMs ?? usualMs, LONGEST_WAIT_MS);
    return question.method === 'GET' && PASSING.includes(error.status) ? usualMs : undefined;
  }

  private whereOf(method: string, path: string): string {
    return `${method} https://${this.shown}${this.clean(path)}`;
  }

  private clean(text: string): string {
    return this.redactor.clean(text);
  }
}

function jsonOf(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Retry-After (RFC 9110, section 10.2.3): seconds or a date. */
export function retryAfterMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
