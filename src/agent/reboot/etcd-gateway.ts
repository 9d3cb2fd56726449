/**
 * etcd by its JSON gateway, with curl: a machine that takes a place in the lock need not have etcdctl, and no password is
 * in a list of processes. https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/
 *
 * The gateway does not know users by certificates' names: where etcd's authentication is on, a user is needed.
 */
import { decodeBase64, encodeBase64, encodeUtf8 } from '../../cloud-config/base64.ts';
import type { Host } from '../host.ts';
import { type JsonAnswer, postJson } from '../http/post-json.ts';
import { decodeUtf8 } from '../machine/utf8.ts';
import { LockError } from './lock-error.ts';

export interface EtcdAccess {
  readonly endpoints: readonly string[];
  readonly tls: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** A key with what it holds. Revisions are 64-bit numbers, as text. */
export interface EtcdValue {
  readonly key: string;
  readonly value: string;
  readonly modRevision: string;
}

/** One step of a transaction. */
export type EtcdChange =
  | { readonly put: string; readonly value: string; readonly lease?: string }
  | { readonly remove: string };

/** Longer than the election of a leader takes. */
const TIMEOUT_MS = 10_000;
/** Of gRPC: https://grpc.io/docs/guides/status-codes/. */
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

export class EtcdGateway {
  private token: string | undefined;

  constructor(
    private readonly host: Host,
    private readonly access: EtcdAccess,
  ) {}

  /** As the majority has it. @throws {LockError} */
  get(key: string): EtcdValue | undefined {
    return this.range({ key: encoded(key) })[0];
  }

  /** All keys that begin so. @throws {LockError} */
  list(prefix: string): EtcdValue[] {
    // The end of the range is the text with its last character raised by one.
    const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    return this.range({ key: encoded(prefix), range_end: encoded(end) });
  }

  /**
   * Changes all or nothing, if a key is as it was seen.
   * @param modRevision `0`: the key is not there.
   * @returns False when somebody else changed the key.
   * @throws {LockError} Whether the change was made is then not known.
   */
  changeIf(key: string, modRevision: string, changes: readonly EtcdChange[]): boolean {
    const answer = this.call('/v3/kv/txn', {
      compare: [{ key: encoded(key), target: 'MOD', result: 'EQUAL', mod_revision: modRevision }],
      success: changes.map((change) =>
        'put' in change
          ? {
              request_put: {
                key: encoded(change.put),
                value: encoded(change.value),
                ...(change.lease === undefined ? {} : { lease: change.lease }),
              },
            }
          : { request_delete_range: { key: encoded(change.remove) } },
      ),
    });
    return answer.succeeded === true;
  }

  /** Writes a key that goes by itself. @throws {LockError} */
  putFor(key: string, value: string, seconds: number): void {
    const lease = this.call('/v3/lease/grant', { TTL: String(seconds) }).ID;
    this.call('/v3/kv/put', { key: encoded(key), value: encoded(value), lease });
  }

  private range(body: unknown): EtcdValue[] {
    const { kvs } = this.call('/v3/kv/range', body);
    if (!Array.isArray(kvs)) return [];
    return kvs.map((each: Record<string, unknown>) => ({
      key: decoded(each.key),
      value: decoded(each.value),
      modRevision: String(each.mod_revision),
    }));
  }

  private call(path: string, body: unknown): Record<string, unknown> {
    if (this.access.username !== undefined && this.token === undefined) this.logIn();
    return this.ask(path, body);
  }

  private logIn(): void {
    const { username: name, password } = this.access;
    const { token } = this.ask('/v3/auth/authenticate', { name, password: password ?? '' });
    this.token = String(token);
  }

  /** The first endpoint that answers. One that has lost the others is passed over. */
  private ask(path: string, body: unknown): Record<string, unknown> {
    const { endpoints, tls } = this.access;
    const problems: string[] = [];
    for (const endpoint of endpoints) {
      const answer = postJson(this.host, {
        url: `${endpoint}${path}`,
        body,
        tls,
        direct: true,
        timeoutMs: TIMEOUT_MS,
        ...(this.token === undefined ? {} : { headers: { Authorization: this.token } }),
      });
      const problem = problemOf(answer);
      if (problem === undefined) return fieldsOf(answer);
      if (problem.final) throw new LockError(`etcd at ${endpoint} refuses: ${this.withAdvice(problem)}`);
      problems.push(`${endpoint}: ${problem.text}`);
    }
    throw new LockError(`etcd does not answer (${problems.join('; ')})`);
  }

  private withAdvice({ text, code }: Problem): string {
    if (/user name is empty/.test(text) || (code === UNAUTHENTICATED && this.access.username === undefined))
      return `${text}: it wants a user, etcd-username and etcd-password of coreos.locksmith`;
    return /permission denied/.test(text)
      ? `${text}: the user ${this.access.username ?? ''} needs to read and write /basalt/reboot/`
      : text;
  }
}

interface Problem {
  readonly text: string;
  readonly code: number;
  /** Another member would say the same. */
  readonly final: boolean;
}

function problemOf(answer: JsonAnswer): Problem | undefined {
  if ('problem' in answer) return { text: answer.problem, code: UNAVAILABLE, final: false };
  const { status, json } = answer;
  if (status === 200 && typeof json === 'object' && json !== null) return undefined;
  const { message, error, code } = fieldsOf(answer);
  const words = typeof message === 'string' ? message : typeof error === 'string' ? error : undefined;
  const isEtcd = words !== undefined;
  const number = typeof code === 'number' ? code : 0;
  return {
    text: words ?? strangeText(answer),
    code: number,
    // Timeouts and lost leaders are a member's own trouble, as is everything that is not etcd's.
    final:
      isEtcd &&
      status < 500 &&
      number !== UNAVAILABLE &&
      !/request timed out|no leader|leader changed/.test(words),
  };
}

/** An answer that is not etcd's JSON. */
function strangeText({ status, text }: { readonly status: number; readonly text: string }): string {
  // etcd's embed/serve.go, while its authentication is on.
  if (text.startsWith('CommonName of client'))
    return 'it takes no certificate that has a common name, while its authentication is on: leave etcd-certfile out, or take a certificate without one';
  return `this is no etcd: it answers ${status}${text === '' ? '' : `, ${text}`}`;
}

function fieldsOf(answer: JsonAnswer): Record<string, unknown> {
  const json = 'json' in answer ? answer.json : undefined;
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
}

function encoded(text: string): string {
  return encodeBase64(encodeUtf8(text));
}

function decoded(value: unknown): string {
  const text = decodeUtf8(decodeBase64(String(value ?? '')) ?? new Uint8Array());
  return typeof text === 'string' ? text : '';
}
