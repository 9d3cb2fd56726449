/** Runs etcdctl and etcdutl, and asks members over HTTP. */
import type { Host, HostRunResult } from '../host.ts';
import { type ConnectFailure, connectFailure, connectProblem } from './connect-failure.ts';
import { type Member, parseMemberList, parsePeerMembers } from './member.ts';
import type { EtcdSettings, TlsFiles } from './settings.ts';

/** Longer than a leader election takes. */
const COMMAND_TIMEOUT_MS = 15_000;
const ASK_TIMEOUT_SECONDS = 4;

/** What asking a peer gave. */
export interface PeerAnswer {
  readonly url: string;
  /** Undefined: no etcd answered. */
  readonly members: readonly Member[] | undefined;
  readonly clusterId: string | undefined;
  readonly kind: 'members' | ConnectFailure;
  /** Why there is no answer. */
  readonly problem: string;
}

/** What a member's page gave. */
export type PageAnswer =
  | { readonly kind: 'page'; readonly body: string }
  | { readonly kind: ConnectFailure; readonly problem: string };

/** How etcdctl is run. */
export interface EtcdctlOptions {
  readonly timeoutMs?: number;
  /** Given on stdin: what must not be in the list of processes. */
  readonly input?: string;
}

/** Runs etcdctl with the client's certificate. No secret is among its arguments, only paths. */
export function etcdctl(
  host: Host,
  settings: Pick<EtcdSettings, 'clientTls'>,
  endpoints: readonly string[],
  command: readonly string[],
  { timeoutMs = COMMAND_TIMEOUT_MS, input }: EtcdctlOptions = {},
): HostRunResult {
  return host.run(
    [
      'etcdctl',
      // Its own limit is a little shorter, so that it can say what it waited for.
      `--command-timeout=${Math.max(1, Math.round(timeoutMs / 1000) - 2)}s`,
      '--dial-timeout=3s',
      ...connectionArguments(settings, endpoints),
      ...command,
    ],
    { timeoutMs, ...(input === undefined ? {} : { input }) },
  );
}

/** Where etcdctl connects to, and with which files. */
function connectionArguments(
  { clientTls: { trustedCa, certificate, key } }: Pick<EtcdSettings, 'clientTls'>,
  endpoints: readonly string[],
): string[] {
  const encrypted = endpoints.some((endpoint) => endpoint.startsWith('https:'));
  return [
    `--endpoints=${endpoints.join(',')}`,
    ...(encrypted && trustedCa ? [`--cacert=${trustedCa}`] : []),
    ...(encrypted && certificate && key ? [`--cert=${certificate}`, `--key=${key}`] : []),
  ];
}

/** Members as the cluster agrees on them; undefined when it has no leader now, or no endpoint answers. */
export function listMembers(
  host: Host,
  settings: EtcdSettings,
  endpoints: readonly string[],
): Member[] | undefined {
  const { exitCode, stdout } = etcdctl(host, settings, endpoints, ['member', 'list']);
  return exitCode === 0 ? parseMemberList(stdout) : undefined;
}

/** Asks a peer which members it knows. This needs no leader, and its answer may be old. */
export function askPeer(host: Host, settings: EtcdSettings, url: string): PeerAnswer {
  const got = httpGet(host, settings.peerTls, `${url}/members`, ['--include']);
  const none = { url, members: undefined, clusterId: undefined };
  if (got.exitCode !== 0) return { ...none, ...failureOf(got) };
  const [head = '', body = ''] = got.stdout.split(/\r?\n\r?\n/);
  try {
    const clusterId = /^x-etcd-cluster-id: *(\S+)/im.exec(head)?.[1];
    return { url, members: parsePeerMembers(body), clusterId, kind: 'members', problem: '' };
  } catch {
    return { ...none, kind: 'strange', problem: `this is no etcd: ${head.split('\n')[0] ?? ''}` };
  }
}

/** Fetches a member's page with the client's certificate: `/metrics`, `/health`. */
export function askMember(host: Host, settings: EtcdSettings, url: string): PageAnswer {
  const got = httpGet(host, settings.clientTls, url, []);
  return got.exitCode === 0 ? { kind: 'page', body: got.stdout } : failureOf(got);
}

/** The last line that a program wrote, without etcdctl's structured log. */
export function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('{'));
  return lines.at(-1) ?? '';
}

function failureOf({ exitCode, stderr }: HostRunResult): { kind: ConnectFailure; problem: string } {
  return { kind: connectFailure(exitCode, stderr), problem: connectProblem(exitCode, stderr) };
}

function httpGet(host: Host, tls: TlsFiles, url: string, options: readonly string[]): HostRunResult {
  const encrypted = url.startsWith('https:');
  return host.run(
    [
      'curl',
      // etcd offers HTTP/2 on its ports, and means gRPC.
      ...['--silent', '--show-error', '--fail', '--noproxy', '*', '--http1.1'],
      // Without it, curl does not tell a refused connection from a network that has no way there.
      '--verbose',
      ...['--max-time', String(ASK_TIMEOUT_SECONDS)],
      ...(encrypted && tls.trustedCa ? ['--cacert', tls.trustedCa] : []),
      ...(encrypted && tls.certificate && tls.key ? ['--cert', tls.certificate, '--key', tls.key] : []),
      ...options,
      url,
    ],
    { timeoutMs: (ASK_TIMEOUT_SECONDS + 1) * 1000 },
  );
}
