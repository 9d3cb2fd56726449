/**
 * FleetLock: a server says which machines may restart. https://coreos.github.io/zincati/development/fleetlock/protocol/
 */
import type { Host } from '../host.ts';
import { postJson } from '../http/post-json.ts';
import { LockError } from './lock-error.ts';

export interface FleetLockClient {
  /** Base address of the server. */
  readonly url: string;
  readonly group: string;
  readonly id: string;
}

const TIMEOUT_MS = 20_000;

/** Asks for a place. A machine that has one gets it again. @returns Undefined when it has it, else the server's words. @throws {LockError} when there is no answer. */
export function preReboot(host: Host, client: FleetLockClient): string | undefined {
  return ask(host, client, 'pre-reboot');
}

/** Gives the place back; a machine without one does no harm. @returns Undefined when it is done, else the server's words. @throws {LockError} when there is no answer. */
export function steadyState(host: Host, client: FleetLockClient): string | undefined {
  return ask(host, client, 'steady-state');
}

function ask(host: Host, { url, group, id }: FleetLockClient, operation: string): string | undefined {
  const address = `${url.replace(/\/+$/, '')}/v1/${operation}`;
  const answer = postJson(host, {
    url: address,
    body: { client_params: { id, group } },
    headers: { 'fleet-lock-protocol': 'true' },
    timeoutMs: TIMEOUT_MS,
  });
  if ('problem' in answer) throw new LockError(`the FleetLock server does not answer: ${answer.problem}`);
  const { status, json } = answer;
  if (status >= 200 && status < 300) return undefined;
  const { kind, value } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  return typeof kind === 'string' && typeof value === 'string'
    ? `${value} (${kind})`
    : `it answers ${status}`;
}
