/** curl(1) as the agent calls it, answering from a table: for tests with a {@link FakeHost}. */
import type { FakeProgram } from './fake-host.ts';

/** A request as curl's --config and arguments have it. */
export interface FakeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
}

/** A status with its body, or a failure before any answer: curl's exit code. */
export type FakeAnswer =
  | { readonly status: number; readonly body?: string | Uint8Array }
  | { readonly exitCode: number; readonly stderr?: string };

export function fakeCurl(answer: (request: FakeRequest, nth: number) => FakeAnswer): FakeProgram {
  const seen = new Map<string, number>();
  return (command, { input = '' }, host) => {
    const settings = readConfiguration(String(input));
    const setting = (name: string) => settings.find(([key]) => key === name)?.[1];
    const url = setting('url') ?? '';
    const nth = seen.get(url) ?? 0;
    seen.set(url, nth + 1);
    const request: FakeRequest = {
      url,
      method: setting('request') ?? 'GET',
      headers: Object.fromEntries(
        settings.filter(([key]) => key === 'header').map(([, value]) => value.split(/: (.*)/s).slice(0, 2)),
      ),
      arguments: command,
    };
    const result = answer(request, nth);
    if ('exitCode' in result) {
      return { exitCode: result.exitCode, stdout: '000', stderr: result.stderr ?? 'curl: no word' };
    }
    const maximum = Number(command[command.indexOf('--max-filesize') + 1]);
    const { status, body = '' } = result;
    if (status >= 400) return { exitCode: 22, stdout: String(status), stderr: `curl: (22) error: ${status}` };
    if (body.length > maximum)
      return { exitCode: 63, stdout: String(status), stderr: 'curl: (63) too large' };
    if (body.length > 0) host.writeFile(setting('output') ?? '', body);
    return { stdout: String(status) };
  };
}

/** `name = "value"` lines with curl's escapes. */
function readConfiguration(text: string): [string, string][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, name = '', value = ''] = /^(\w+) = "(.*)"$/.exec(line) ?? [];
      return [name, value.replace(/\\(.)/g, '$1')];
    });
}
