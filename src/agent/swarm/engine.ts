/**
 * The local Docker engine's swarm, by its REST API on the local socket (https://docs.docker.com/engine/api/). Not by the
 * docker command: a join token would stand in the list of processes.
 */
import type { Host } from '../host.ts';

const SOCKET = '/run/docker.sock';
/** Docker answers within 20 s whether it joined, and goes on in the background after. */
const TIMEOUT_SECONDS = 40;
const LISTEN = '0.0.0.0:2377';

/** What the engine says of itself. */
export interface EngineState {
  /** LocalNodeState: `inactive`, `pending`, `active`, `error`, `locked`. */
  readonly state: string;
  readonly isManager: boolean;
  readonly nodeId: string;
  readonly nodeAddress: string;
  readonly problem: string;
}

export interface JoinTokens {
  readonly worker: string;
  readonly manager: string;
}

/** A failure, in the engine's words. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

/** @throws {EngineError} */
export function engineState(host: Host): EngineState {
  const info = request(host, 'GET', '/info') as { Swarm?: Record<string, unknown> };
  const { LocalNodeState, ControlAvailable, NodeID, NodeAddr, Error: problem } = info.Swarm ?? {};
  return {
    state: String(LocalNodeState ?? 'unknown'),
    isManager: ControlAvailable === true,
    nodeId: String(NodeID ?? ''),
    nodeAddress: String(NodeAddr ?? ''),
    problem: String(problem ?? ''),
  };
}

/** Makes a swarm of this machine. @throws {EngineError} */
export function initSwarm(host: Host, address: string): void {
  request(host, 'POST', '/swarm/init', { ListenAddr: LISTEN, AdvertiseAddr: address });
}

/** @throws {EngineError} */
export function joinSwarm(host: Host, address: string, managers: readonly string[], token: string): void {
  request(host, 'POST', '/swarm/join', {
    ListenAddr: LISTEN,
    AdvertiseAddr: address,
    RemoteAddrs: managers,
    JoinToken: token,
  });
}

/** A manager tells them. @throws {EngineError} */
export function joinTokens(host: Host): JoinTokens {
  const { JoinTokens } = request(host, 'GET', '/swarm') as {
    JoinTokens?: { Worker?: string; Manager?: string };
  };
  if (!JoinTokens?.Worker || !JoinTokens.Manager) throw new EngineError('the engine tells no join tokens');
  return { worker: JoinTokens.Worker, manager: JoinTokens.Manager };
}

function request(host: Host, method: string, path: string, body?: unknown): unknown {
  const { exitCode, stdout, stderr } = host.run(
    [
      'curl',
      ...['--silent', '--show-error', '--unix-socket', SOCKET, '--max-time', String(TIMEOUT_SECONDS)],
      ...['--request', method, '--write-out', '\n%{http_code}'],
      ...(body === undefined ? [] : ['--header', 'Content-Type: application/json', '--data', '@-']),
      `http://docker${path}`,
    ],
    {
      timeoutMs: (TIMEOUT_SECONDS + 5) * 1000,
      ...(body === undefined ? {} : { input: JSON.stringify(body) }),
    },
  );
  if (exitCode !== 0) throw new EngineError(`the Docker engine does not answer: ${stderr.trim()}`);
  const at = stdout.lastIndexOf('\n');
  const status = Number(stdout.slice(at + 1));
  const value = parse(stdout.slice(0, at));
  if (status >= 200 && status < 300) return value;
  const message = (value as { message?: unknown } | undefined)?.message;
  throw new EngineError(
    typeof message === 'string' ? message : `the Docker engine answers ${status} to ${method} ${path}`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
