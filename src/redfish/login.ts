/**
 * Being logged in: a session (DSP0266, "Redfish session login authentication"), since BMCs check passwords slowly and lock
 * accounts quickly; the password with each request where there are no sessions, or no free one.
 */
import { InterruptedError, messageOf, UserError } from '../errors.ts';
import type { Exchange } from './exchange.ts';
import { BmcRefusal, SESSIONS_FULL } from './failure.ts';
import { Secret } from './secret.ts';

export interface Credentials {
  readonly user: string;
  readonly password: Secret;
}

/** To close a session; the work is over by then, or was interrupted. */
const CLOSE_TIMEOUT_MS = 10_000;
/** No service here: no sessions (404, 405, 501). */
const WITHOUT_SESSIONS = [404, 405, 501];

export class Login {
  private token: Secret | undefined;
  private sessionPath: string | undefined;
  private withPassword = false;

  constructor(
    private readonly exchange: Exchange,
    private readonly credentials: Credentials,
    /** The collection of sessions; undefined when the service names none. */
    private readonly sessions: string | undefined,
    private readonly onMessage: (level: 'detail' | 'info' | 'warning', text: string) => void,
  ) {
    exchange.redactor.add(credentials.password);
    exchange.redactor.add(new Secret(this.basic()));
  }

  /** What a request carries. */
  headers(): Readonly<Record<string, string>> {
    if (this.token !== undefined) return { 'x-auth-token': this.token.reveal() };
    return this.withPassword ? { authorization: `Basic ${this.basic()}` } : {};
  }

  /** Whether a session that ended can be replaced. A refused password cannot, and trying again may lock the account. */
  get renewable(): boolean {
    return this.token !== undefined;
  }

  /** Logs in. @throws {UserError} when the BMC does not accept the credentials. */
  async open(signal: AbortSignal): Promise<void> {
    this.token = undefined;
    this.sessionPath = undefined;
    if (this.sessions === undefined) return this.fallBack('the BMC offers no sessions');
    const body = { UserName: this.credentials.user, Password: this.credentials.password.reveal() };
    let answer: Awaited<ReturnType<Exchange['send']>>;
    // Ctrl-C just now must not leave a session behind whose token nobody got.
    const late = lagging(signal, CLOSE_TIMEOUT_MS);
    try {
      answer = await this.exchange.send({
        method: 'POST',
        path: this.sessions,
        body,
        signal: late.signal,
        repeat: true,
      });
    } catch (error) {
      if (error instanceof BmcRefusal && error.says(...SESSIONS_FULL))
        return this.fallBack('the BMC has no free session', 'warning');
      if (error instanceof BmcRefusal && WITHOUT_SESSIONS.includes(error.status))
        return this.fallBack('the BMC offers no sessions');
      throw error;
    } finally {
      late.release();
    }
    const token = answer.headers['x-auth-token'];
    if (typeof token !== 'string' || token === '')
      return this.fallBack('the BMC made a session without a token');
    this.token = new Secret(token);
    this.exchange.redactor.add(this.token);
    this.sessionPath =
      this.exchange.pathOf(answer.headers.location) ?? this.exchange.pathOf(answer.body?.['@odata.id']);
    this.onMessage('detail', `logged in to ${this.exchange.shown} with a session`);
  }

  /** A new session for one that ended. */
  async renew(signal: AbortSignal): Promise<void> {
    this.onMessage('detail', 'the session ended: logging in again');
    await this.open(signal);
  }

  /** Ends the session, after Ctrl-C too. Never throws: what was asked for is done or failed by now. */
  async close(): Promise<void> {
    if (this.token === undefined) return;
    const headers = this.headers();
    this.token = undefined;
    try {
      if (this.sessionPath === undefined) throw new Error('the BMC did not say where it is');
      const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
      const request = { method: 'DELETE', path: this.sessionPath, headers, signal, repeat: true } as const;
      await this.exchange.send(request);
    } catch (error) {
      // It had ended by itself.
      if (error instanceof BmcRefusal && [401, 404].includes(error.status)) return;
      const why = error instanceof InterruptedError ? 'no answer' : messageOf(error);
      this.onMessage(
        'warning',
        `the session on ${this.exchange.shown} could not be closed, and stays until it expires: ${why}`,
      );
    }
  }

  private fallBack(why: string, level: 'detail' | 'warning' = 'detail'): void {
    this.onMessage(level, `${why}: the password goes with each request, over TLS`);
    this.withPassword = true;
  }

  /** RFC 7617; a colon cannot be part of the name. */
  private basic(): string {
    const { user, password } = this.credentials;
    if (user.includes(':'))
      throw new UserError('bmc-user-invalid', 'a user of a BMC cannot have a colon in its name', {
        seen: user,
      });
    return Buffer.from(`${user}:${password.reveal()}`).toString('base64');
  }
}

/** A signal that follows another one after a while. */
function lagging(signal: AbortSignal, delayMs: number): { signal: AbortSignal; release(): void } {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => late.abort(), delayMs);
  };
  if (signal.aborted) late.abort();
  else signal.addEventListener('abort', onAbort);
  return {
    signal: late.signal,
    release() {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
