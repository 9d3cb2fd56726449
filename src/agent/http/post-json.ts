/** A POST of JSON with curl(1), for services that answer with JSON also when they refuse. Whatever may be secret goes by stdin. */
import type { Host } from '../host.ts';
import { curlSaid } from './curl-exit.ts';

export interface JsonRequest {
  readonly url: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Paths of files; used with https. */
  readonly tls?: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
  /** Not through the proxy that the environment names. */
  readonly direct?: boolean;
  readonly timeoutMs: number;
}

/** What the service said, or why there is no answer, in words that do not name the address. */
export type JsonAnswer =
  /** `json` is undefined when the answer is none. `text`: the first line, as far as it is shown. */
  { readonly status: number; readonly json: unknown; readonly text: string } | { readonly problem: string };

/** Of an answer that is no JSON. */
const SHOWN_CHARACTERS = 200;
const MAXIMUM_BYTES = 1024 * 1024;
const CONNECT_TIMEOUT_MS = 5000;
/** Beyond curl's own limit, for a curl that hangs. */
const GRACE_MS = 5000;

/** Asks once. Redirects are not followed: the body is for that server alone. */
export function postJson(host: Host, what: JsonRequest): JsonAnswer {
  const { exitCode, stdout, stderr } = host.run(
    [
      'curl',
      '--disable', // no curlrc; must be first
      ...['--config', '-', '--silent', '--show-error', '--globoff', '--http1.1', '--proto', '=http,https'],
      ...['--connect-timeout', seconds(Math.min(what.timeoutMs, CONNECT_TIMEOUT_MS))],
      ...['--max-time', seconds(what.timeoutMs), '--max-filesize', String(MAXIMUM_BYTES)],
      ...(what.direct ? ['--noproxy', '*'] : []),
      ...['--user-agent', 'basalt-agent', '--write-out', '\n%{response_code}'],
    ],
    { input: configuration(what), timeoutMs: what.timeoutMs + GRACE_MS },
  );
  if (exitCode !== 0) return { problem: reason(exitCode, stderr, what.timeoutMs) };
  const at = stdout.lastIndexOf('\n');
  const body = stdout.slice(0, at);
  const text = (body.trim().split('\n')[0] ?? '').slice(0, SHOWN_CHARACTERS);
  return { status: Number(stdout.slice(at + 1)), json: parse(body), text };
}

function configuration({ url, body, headers = {}, tls = {} }: JsonRequest): string {
  const encrypted = url.startsWith('https:');
  const lines: [string, string | undefined][] = [
    ['url', url],
    ['request', 'POST'],
    ['data-binary', JSON.stringify(body)],
    ['header', 'Content-Type: application/json'],
    ...Object.entries(headers).map(([name, value]): [string, string] => ['header', `${name}: ${value}`]),
    ['cacert', encrypted ? tls.ca : undefined],
    ['cert', encrypted && tls.key !== undefined ? tls.cert : undefined],
    ['key', encrypted && tls.cert !== undefined ? tls.key : undefined],
  ];
  return lines.map(([name, value]) => (value === undefined ? '' : `${name} = ${quote(value)}\n`)).join('');
}

/** curl(1), under --config. */
function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n]/g, '')}"`;
}

/** curl(1), "EXIT CODES". */
function reason(exitCode: number, stderr: string, timeoutMs: number): string {
  const said = curlSaid(stderr);
  switch (exitCode) {
    case 28:
      return `no answer within ${Math.round(timeoutMs / 1000)} s`;
    case 58:
      return `the certificate or key for it cannot be used: ${said}`;
    case 60:
      return `its certificate is not trusted (is the machine's clock right?): ${said}`;
    case 77:
      return `the file with its authority cannot be read: ${said}`;
    case 124:
      return 'curl did not end in time';
    case 127:
      return 'the image has no curl';
    default:
      return said;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function seconds(ms: number): string {
  return String(Math.max(ms, 1) / 1000);
}
