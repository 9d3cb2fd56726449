/** One request with curl(1). What may be secret (address, headers) goes through its stdin, where no process list shows it. */
import type { Host } from '../host.ts';
import { readBounded } from '../machine/bounded.ts';
import { onMachine, withScratch } from '../machine/scratch.ts';
import { curlReason, isPassing } from './curl-exit.ts';
import type { HttpRequest } from './http-request.ts';
import type { Attempt } from './retry.ts';

/** The status, and the body when it is 200. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** A host that does not answer at all is asked again soon rather than waited for. */
const CONNECT_TIMEOUT_MS = 10_000;
/** Beyond curl's own limit, for a curl that hangs. */
const GRACE_MS = 5000;

/** The status, and after a space where a redirect leads. */
const WRITTEN_OUT = '%{response_code} %{redirect_url}';

/**
 * @param accept Statuses besides 200 that are answers rather than failures: 404 for what may be missing.
 * @throws {Unreadable} when the body is too large.
 */
export function request(host: Host, what: HttpRequest, accept: readonly number[] = []): Attempt<HttpAnswer> {
  return withScratch(host, 'answer', (path) => {
    const { exitCode, stdout, stderr } = host.run(curlCommand(what), {
      input: curlConfiguration(what, onMachine(host, path)),
      timeoutMs: what.timeoutMs + GRACE_MS,
    });
    const status = Number(/^[0-9]{3}/.exec(stdout)?.[0] ?? 0);
    if (accept.includes(status)) return { value: { status, body: new Uint8Array() } };
    if (exitCode !== 0 || status !== 200) {
      const reason = curlReason(exitCode, status, stderr, what, stdout.slice(4));
      return { reason, passing: isPassing(exitCode, status) };
    }
    // An empty body makes no file.
    return { value: { status, body: readBounded(host, path, what.maximumBytes) ?? new Uint8Array() } };
  });
}

/** Everything that is no secret. Pure. @param more Further options. */
export function curlCommand(what: HttpRequest, more: readonly string[] = []): readonly [string, ...string[]] {
  const protocols = what.address.scheme === 'https' ? '=https' : '=http,https';
  return [
    'curl',
    '--disable', // no curlrc; must be first
    '--config',
    '-',
    '--silent',
    '--show-error',
    '--fail',
    '--globoff',
    '--proto',
    protocols,
    ...(what.redirects > 0
      ? ['--location', '--max-redirs', String(what.redirects), '--proto-redir', protocols]
      : []),
    '--connect-timeout',
    seconds(Math.min(what.timeoutMs, CONNECT_TIMEOUT_MS)),
    '--max-time',
    seconds(what.timeoutMs),
    '--max-filesize',
    String(Math.max(what.maximumBytes, 1)), // 0 would be no limit
    ...(what.slowest
      ? ['--speed-limit', String(what.slowest.bytesPerSecond), '--speed-time', String(what.slowest.seconds)]
      : []),
    ...(what.direct ? ['--noproxy', '*'] : []),
    '--user-agent',
    'basalt-agent',
    '--write-out',
    WRITTEN_OUT,
    ...more,
  ];
}

/** The rest, in the form of curl's --config. Pure. */
export function curlConfiguration(what: HttpRequest, output: string): string {
  const lines: [string, string][] = [
    ['url', what.address.text],
    ['output', output],
    ...(what.method === undefined ? [] : [['request', what.method] as [string, string]]),
    ...Object.entries(what.headers ?? {}).map(([name, value]): [string, string] => [
      'header',
      `${name}: ${value}`,
    ]),
  ];
  return lines.map(([name, value]) => `${name} = ${quote(value)}\n`).join('');
}

/** curl(1), under --config. Line ends cannot be in an address or a header, and would add options. */
function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n]/g, '')}"`;
}

function seconds(ms: number): string {
  return String(Math.max(ms, 1) / 1000);
}
