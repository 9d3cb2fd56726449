/** A BMC on the loopback that speaks Redfish over TLS, and misbehaves as it is told. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type BmcCertificate, selfSigned } from './bmc-certificate.ts';
import { checkBody, checkRequest } from './bmc-schema.ts';
import { actOn, type Reply } from './mock-actions.ts';
import { MockMachine, type Profile } from './mock-machine.ts';
import { type Body, ROOT, resourceAt, SESSIONS, TASKS } from './mock-resources.ts';

/** A request, as it came. */
export interface SeenRequest {
  readonly method: string;
  /** Without a slash at its end. */
  readonly path: string;
  readonly body: Body;
  /** How it was authorised. */
  readonly login: 'none' | 'session' | 'basic';
  readonly ifMatch: string | undefined;
}

/** An answer other than the right one. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: Body;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: 'text'; readonly text: string; readonly type: string }
  /** Closes before (`done: false`) or after the work. */
  | { readonly kind: 'cut'; readonly done: boolean }
  /** Says nothing; the work is done or not. */
  | { readonly kind: 'silent'; readonly done: boolean }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'huge' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** All sessions are forgotten. */
  | { readonly kind: 'expired' };

export interface MockBmc {
  readonly address: string;
  readonly fingerprint: string;
  readonly machine: MockMachine;
  /** Every request since the start. */
  readonly requests: readonly SeenRequest[];
  /** What was not as the schemas want it: must stay empty. */
  readonly violations: readonly string[];
  readonly sessions: ReadonlyMap<string, string>;
  /** Chooses a fault for a request; `nth` counts requests of this method and path from 0. */
  misbehave(choose: (request: SeenRequest, nth: number) => Fault | undefined): void;
  close(): Promise<void>;
}

export const bmcUser = 'root';
export const bmcPassword = 'cal:vin "9" ÄÖ';
const MOST_SESSIONS = 4;

export interface MockOptions {
  readonly profile?: Profile;
  readonly certificate?: BmcCertificate;
  /** Sessions that others have open. */
  readonly otherSessions?: number;
  /** There is no session service. */
  readonly withoutSessions?: boolean;
}

export async function startMockBmc(options: MockOptions = {}): Promise<MockBmc> {
  const certificate = options.certificate ?? selfSigned();
  const machine = new MockMachine(options.profile ?? 'standard');
  const requests: SeenRequest[] = [];
  const violations: string[] = [];
  const sessions = new Map<string, string>();
  for (let index = 0; index < (options.otherSessions ?? 0); index++)
    sessions.set(`other-${index}`, `token-${index}`);
  const tasks = new Map<string, { polls: number; state: string }>();
  let choose: (request: SeenRequest, nth: number) => Fault | undefined = () => undefined;
  let numbers = 0;

  const answer = (seen: SeenRequest): Reply => {
    const { method, path, body } = seen;
    if (path === ROOT && method === 'GET') return { status: 200, body: resourceAt(machine, ROOT) as Body };
    if (path === SESSIONS && method === 'POST') return login(body);
    if (seen.login === 'none')
      return refusal(401, 'Base.1.12.NoValidSession', 'There is no valid session established.');
    if (path.startsWith(`${SESSIONS}/`) && method === 'DELETE')
      return { status: sessions.delete(path.slice(SESSIONS.length + 1)) ? 204 : 404 };
    if (path.startsWith(`${TASKS}/`)) return taskReply(path);
    if (method === 'GET') {
      const found = resourceAt(machine, path) ?? actionInfo(path);
      return found === undefined
        ? missing(path)
        : { status: 200, body: found, headers: { etag: etagOf(found) } };
    }
    // What does not end well is not done.
    if (['failed', 'endless'].includes(machine.troubles.tasks)) return newTask();
    const reply = actOn(machine, seen, etagOf);
    if (reply === undefined) return missing(path);
    if (machine.troubles.tasks === 'none' || reply.status >= 300 || !reply.async) return reply;
    return newTask();
  };

  const login = ({ UserName, Password }: Body): Reply => {
    if (options.withoutSessions) return missing(SESSIONS);
    if (UserName !== bmcUser || Password !== bmcPassword)
      // Some BMCs repeat what they got.
      return refusal(
        401,
        'Base.1.12.ResourceAtUriUnauthorized',
        `No access for ${String(UserName)} with ${String(Password)}.`,
      );
    if (sessions.size >= MOST_SESSIONS)
      return refusal(503, 'IDRAC.2.4.RAC0218', 'The maximum number of user sessions is reached.');
    const id = String(++numbers);
    const token = `t0ken-${id}-${Math.random().toString(36).slice(2)}`;
    sessions.set(id, token);
    const path = `${SESSIONS}/${id}`;
    const body = {
      '@odata.id': path,
      '@odata.type': '#Session.v1_3_2.Session',
      Id: id,
      Name: 'User Session',
      UserName,
    };
    return { status: 201, body, headers: { 'x-auth-token': token, location: path } };
  };

  const newTask = (): Reply => {
    const id = `JID_${++numbers}`;
    tasks.set(`${TASKS}/${id}`, { polls: 0, state: machine.troubles.tasks });
    return { status: 202, headers: { location: `${TASKS}/${id}` } };
  };

  const taskReply = (path: string): Reply => {
    const task = tasks.get(path);
    if (task === undefined) return missing(path);
    const over = ++task.polls > 2 && task.state !== 'endless';
    if (over && task.state === 'vanished') {
      tasks.delete(path);
      return missing(path);
    }
    const state = !over ? 'Running' : task.state === 'failed' ? 'Exception' : 'Completed';
    const body = {
      '@odata.id': path,
      '@odata.type': '#Task.v1_4_3.Task',
      Id: path.split('/').at(-1),
      Name: 'a job',
      TaskState: state,
      ...(over ? { TaskStatus: state === 'Exception' ? 'Critical' : 'OK' } : {}),
      PercentComplete: over ? 100 : task.polls * 30,
      Messages: state === 'Exception' ? [{ MessageId: 'IDRAC.2.8.SYS055', Message: 'Job failed.' }] : [],
    };
    return { status: over ? 200 : 202, body };
  };

  const actionInfo = (path: string): Body | undefined =>
    path.endsWith('/ResetActionInfo')
      ? {
          '@odata.id': path,
          '@odata.type': '#ActionInfo.v1_1_4.ActionInfo',
          Id: 'ResetActionInfo',
          Name: 'Reset Action Info',
          Parameters: [
            {
              Name: 'ResetType',
              Required: true,
              DataType: 'String',
              AllowableValues: ['On', 'ForceOff', 'GracefulShutdown'],
            },
          ],
        }
      : undefined;

  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    void handle(request, response).catch((error: unknown) => {
      violations.push(`the mock itself: ${String(error)}`);
      response.destroy();
    });
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: (request.url ?? '').replace(/\/$/, ''),
      body: text === '' ? {} : (JSON.parse(text) as Body),
      login: loginOf(request, sessions),
      ifMatch: request.headers['if-match'],
    };
    const nth = requests.filter(({ method, path }) => method === seen.method && path === seen.path).length;
    requests.push(seen);
    violations.push(...checkRequest(seen, resourceAt(machine, seen.path)));
    const fault = choose(seen, nth);
    if (fault?.kind === 'expired') sessions.clear();
    const anew = fault?.kind === 'expired' ? { ...seen, login: 'none' as const } : seen;
    const withheld = (fault?.kind === 'cut' || fault?.kind === 'silent') && !fault.done;
    const replaced = fault !== undefined && ['status', 'text', 'redirect', 'huge'].includes(fault.kind);
    const reply = withheld || replaced ? undefined : answer(anew);
    if (reply?.body !== undefined) violations.push(...checkBody(reply.body));
    if (fault !== undefined && fault.kind !== 'expired' && fault.kind !== 'slow')
      return misanswer(response, fault);
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    send(response, reply ?? { status: 500 });
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    fingerprint: certificate.fingerprint,
    machine,
    requests,
    violations,
    sessions,
    misbehave(next) {
      choose = next;
    },
    close: () =>
      new Promise((resolve) => {
        machine.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An error in the form of the standard (DSP0266, "Error responses"). */
export function refusal(status: number, id: string, text: string, resolution = 'None.'): Reply {
  const message = { MessageId: id, Message: text, Severity: 'Critical', Resolution: resolution };
  return {
    status,
    body: {
      error: {
        code: 'Base.1.12.GeneralError',
        message: 'A general error has occurred. See ExtendedInfo for more information',
        '@Message.ExtendedInfo': [message],
      },
    },
  };
}

const missing = (path: string): Reply =>
  refusal(404, 'Base.1.12.ResourceMissingAtURI', `The resource at the URI '${path}' was not found.`);

function loginOf({ headers }: IncomingMessage, sessions: ReadonlyMap<string, string>): SeenRequest['login'] {
  const basic = `Basic ${Buffer.from(`${bmcUser}:${bmcPassword}`).toString('base64')}`;
  if (headers.authorization === basic) return 'basic';
  return [...sessions.values()].includes(String(headers['x-auth-token'])) ? 'session' : 'none';
}

function etagOf(body: Body): string {
  return `W/"${Buffer.from(JSON.stringify(body)).length}-${JSON.stringify(body)
    .split('')
    .reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 7)}"`;
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function misanswer(response: ServerResponse, fault: Exclude<Fault, { kind: 'expired' | 'slow' }>): void {
  if (fault.kind === 'status') send(response, fault);
  if (fault.kind === 'text') response.writeHead(200, { 'content-type': fault.type }).end(fault.text);
  if (fault.kind === 'redirect') response.writeHead(308, { location: fault.location }).end();
  if (fault.kind === 'cut') response.destroy();
  if (fault.kind !== 'huge') return;
  response.writeHead(200, { 'content-type': 'application/json' });
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(65_536)));
  };
  response.on('drain', more);
  more();
}
