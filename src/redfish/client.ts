/** A conversation with one BMC: resources are read, changed and acted on; the session is there for as long as it lasts. */
import type { UserError } from '../errors.ts';
import type { BmcAddress } from './address.ts';
import { type Answer, Exchange, type Question } from './exchange.ts';
import { BmcRefusal, leavesOpen, nonsense } from './failure.ts';
import { type Json, linkOf, listOf, textOf } from './json.ts';
import { type Credentials, Login } from './login.ts';
import { type Pace, usualPace } from './pace.ts';
import { followTask } from './task.ts';
import { Transport } from './transport.ts';
import type { Trust } from './trust.ts';

export interface ClientOptions {
  readonly address: BmcAddress;
  readonly trust: Trust;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  readonly pace?: Pace;
  readonly onMessage: (level: 'detail' | 'info' | 'warning', text: string) => void;
}

/** A resource as it was read. */
export interface Resource {
  readonly path: string;
  readonly body: Json;
  /** For If-Match; undefined when the service gives none. */
  readonly etag: string | undefined;
}

/** The one path that the standard fixes (DSP0266, "Protocol version"); everything else is found by following links. */
const ROOT = '/redfish/v1/';
const MOST_PAGES = 20;
const MOST_MEMBERS = 500;

export class RedfishClient {
  private constructor(
    private readonly exchange: Exchange,
    private readonly login: Login,
    /** The service root, as it was when the conversation began. */
    readonly root: Json,
    private readonly options: ClientOptions,
  ) {}

  /** Opens a conversation, works, and ends it: the session is deleted on failure and on Ctrl-C too. */
  static async with<T>(options: ClientOptions, work: (client: RedfishClient) => Promise<T>): Promise<T> {
    const transport = new Transport(options.address, options.trust);
    const exchange = new Exchange(transport, options.pace ?? usualPace, options.onMessage);
    let login: Login | undefined;
    try {
      const question = { method: 'GET', path: ROOT, signal: options.signal, repeat: true } as const;
      const { body: root } = await exchange.send(question);
      if (root === undefined || textOf(root, 'RedfishVersion') === undefined)
        throw nonsense(
          `https://${exchange.shown}${ROOT}`,
          'no RedfishVersion',
          'the root of a Redfish service',
        );
      const sessions = exchange.pathOf(linkOf(root, 'Links', 'Sessions'));
      login = new Login(exchange, options.credentials, sessions, options.onMessage);
      await login.open(options.signal);
      return await work(new RedfishClient(exchange, login, root, options));
    } finally {
      await login?.close();
      transport.close();
    }
  }

  get pace(): Pace {
    return this.exchange.pace;
  }

  get signal(): AbortSignal {
    return this.options.signal;
  }

  /** The BMC's address, to be shown. */
  get shown(): string {
    return this.exchange.shown;
  }

  say(text: string, level: 'detail' | 'info' | 'warning' = 'info'): void {
    this.options.onMessage(level, this.exchange.redactor.clean(text));
  }

  /** Reads a resource. @param reference An `@odata.id` that the service gave. */
  async get(reference: string): Promise<Resource> {
    const path = this.pathOf(reference);
    const { body, headers } = await this.send({ method: 'GET', path, repeat: true });
    if (body === undefined) throw nonsense(this.urlOf(path), 'an empty answer', 'a resource');
    return { path, body, etag: etagOf(headers.etag, body) };
  }

  /** The members of a collection, page by page. @throws {UserError} when it has no end. */
  async members(reference: string): Promise<readonly Resource[]> {
    const paths: string[] = [];
    let page: string | undefined = reference;
    for (let pages = 0; page !== undefined; pages++) {
      const { body }: Resource = await this.get(page);
      paths.push(...listOf(body, 'Members').flatMap((member) => linkOf(member) ?? []));
      page = textOf(body, 'Members@odata.nextLink');
      if (pages === MOST_PAGES || paths.length > MOST_MEMBERS)
        throw nonsense(
          this.urlOf(this.pathOf(reference)),
          'a collection without an end',
          `at most ${MOST_MEMBERS} members`,
        );
    }
    const found: Resource[] = [];
    for (const path of new Set(paths)) found.push(await this.get(path));
    return found;
  }

  /**
   * Does an action, and follows its task to the end. Never with If-Match, which iDRAC answers with 412 (ironcore-dev/
   * metal-operator issue 1015).
   * @param what For messages and errors: what it is for.
   */
  async act(target: string, body: Json, what: string): Promise<Json | undefined> {
    const answer = await this.send({ method: 'POST', path: this.pathOf(target), body, repeat: false });
    return this.finish(answer, what);
  }

  /**
   * Changes properties. Services that want to know what was seen (428) get the ETag; where it is not accepted although it
   * was just read (412: DMTF/Redfish-Tacklebox issue 22, dell/iDRAC-Redfish-Scripting issue 354), the resource is read once
   * more, and at last the change goes without.
   */
  async patch(resource: Resource, body: Json, what: string): Promise<void> {
    const { path } = resource;
    const send = async (etag: string | undefined) => {
      const headers = etag === undefined ? {} : { 'if-match': etag };
      await this.finish(await this.send({ method: 'PATCH', path, body, headers, repeat: true }), what);
    };
    const stale = (error: unknown) => error instanceof BmcRefusal && error.status === 412;
    try {
      return await send(resource.etag);
    } catch (error) {
      if (!stale(error)) throw error;
    }
    try {
      return await send((await this.get(path)).etag);
    } catch (error) {
      if (!stale(error)) throw error;
    }
    return send(undefined);
  }

  /**
   * Asks for something whose outcome is looked at afterwards anyway: a failure that leaves open whether it was done is told
   * and passed over.
   * @returns That failure, for the case that nothing came of it.
   */
  async attempt(work: () => Promise<unknown>): Promise<unknown> {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (!leavesOpen(error)) throw error;
      const { message, seen } = error as UserError;
      this.say(`${message} (${seen?.split('\n')[0]}): looking whether it was done`, 'detail');
      return error;
    }
  }

  /** For errors. */
  urlOf(path: string): string {
    return `https://${this.shown}${path}`;
  }

  private async finish(answer: Answer, what: string): Promise<Json | undefined> {
    if (answer.status !== 202) return answer.body;
    const monitor =
      this.exchange.pathOf(answer.headers.location) ?? this.exchange.pathOf(answer.body?.['@odata.id']);
    // Nothing to follow: what comes of it has to be looked at.
    if (monitor === undefined) return answer.body;
    return followTask(() => this.send({ method: 'GET', path: monitor, repeat: true }), {
      what,
      where: this.urlOf(monitor),
      pace: this.pace,
      signal: this.signal,
      onProgress: (text) => this.say(text, 'detail'),
    });
  }

  /** Sends with the login; logs in again when the session ended meanwhile. A request that got 401 was not carried out. */
  private async send(question: Omit<Question, 'signal'>): Promise<Answer> {
    const withLogin = () =>
      this.exchange.send({
        ...question,
        headers: { ...question.headers, ...this.login.headers() },
        signal: this.signal,
      });
    try {
      return await withLogin();
    } catch (error) {
      if (!(error instanceof BmcRefusal) || error.status !== 401 || !this.login.renewable) throw error;
      await this.login.renew(this.signal);
      return withLogin();
    }
  }

  private pathOf(reference: string): string {
    const path = this.exchange.pathOf(reference);
    if (path?.startsWith('/redfish/')) return path;
    throw nonsense(`https://${this.shown}`, `a reference to ${reference}`, 'a path below /redfish/');
  }
}

/** The header, else what stands in the body; without what web servers append when they compress (gofish pull 511). */
function etagOf(header: string | undefined, body: Json): string | undefined {
  const etag = header ?? textOf(body, '@odata.etag');
  return etag?.replace(/-gzip(?="?$)/, '');
}
