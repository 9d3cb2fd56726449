import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HttpAddress, isAddressProblem, parseHttpAddress } from '../../../../src/agent/http/address.ts';
import { curlReason, isPassing } from '../../../../src/agent/http/curl-exit.ts';
import type { HttpRequest } from '../../../../src/agent/http/http-request.ts';
import { curlCommand, curlConfiguration, request } from '../../../../src/agent/http/request.ts';
import { fakeCurl } from '../../../support/fake-curl.ts';
import { FakeHost } from '../../../support/fake-host.ts';

function at(text: string): HttpAddress {
  const address = parseHttpAddress(text);
  if (isAddressProblem(address)) throw new Error(address.problem);
  return address;
}

const asked = (more: Partial<HttpRequest> = {}): HttpRequest => ({
  address: at('https://me:hunter2@example.com/x?sig=abc'),
  headers: { 'X-Token': 'tok"en\\' },
  maximumBytes: 1024,
  timeoutMs: 30_000,
  redirects: 5,
  ...more,
});

test('nothing secret is among the arguments', () => {
  const line = curlCommand(asked()).join(' ');
  for (const secret of ['hunter2', 'sig=abc', 'tok', 'example']) expect(line).not.toContain(secret);
  expect(curlCommand(asked()).slice(0, 4)).toEqual(['curl', '--disable', '--config', '-']);
});

test('the configuration quotes as curl unquotes', () => {
  expect(curlConfiguration(asked(), '/run/o')).toBe(
    'url = "https://me:hunter2@example.com/x?sig=abc"\noutput = "/run/o"\nheader = "X-Token: tok\\"en\\\\"\n',
  );
});

test('no header can add a line to the configuration', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const text = curlConfiguration(asked({ headers: { 'X-Token': value } }), '/run/o');
      expect(text.split(/[\r\n]/)).toHaveLength(4);
      expect(text).toMatch(/^url = "[^\n]*"\noutput = "\/run\/o"\nheader = "(?:[^"\\\n]|\\.)*"\n$/s);
    }),
  );
});

test('from https a redirect leads only to https; without redirects none is followed', () => {
  const https = curlCommand(asked());
  expect(https[https.indexOf('--proto-redir') + 1]).toBe('=https');
  const http = curlCommand(asked({ address: at('http://example.com/') }));
  expect(http[http.indexOf('--proto-redir') + 1]).toBe('=http,https');
  expect(curlCommand(asked({ redirects: 0 }))).not.toContain('--location');
});

const answering = (answer: Parameters<typeof fakeCurl>[0]) =>
  new FakeHost({ programs: { curl: fakeCurl(answer) } });

test('a body comes back, an empty one too, and no file is left', () => {
  const host = answering(({ url }) => ({ status: 200, body: url.includes('empty') ? '' : 'hello' }));
  expect(request(host, asked())).toEqual({ value: { status: 200, body: new TextEncoder().encode('hello') } });
  expect(request(host, asked({ address: at('http://a/empty') }))).toEqual({
    value: { status: 200, body: new Uint8Array() },
  });
  expect(host.list('/run/basalt/scratch')).toEqual([]);
});

test.each([
  [{ status: 404 }, '404', false],
  [{ status: 403 }, '403', false],
  [{ status: 429 }, '429', true],
  [{ status: 500 }, '500', true],
  [{ status: 503 }, '503', true],
  [{ status: 304 }, 'not followed', false],
  [{ status: 200, body: 'x'.repeat(2000) }, 'larger than 1 KiB', false],
  [{ exitCode: 6 }, 'the name example.com cannot be resolved', true],
  [
    { exitCode: 7, stderr: "curl: (7) Couldn't connect" },
    "no connection to example.com: Couldn't connect",
    true,
  ],
  [{ exitCode: 28 }, 'within 30 s', true],
  [{ exitCode: 47 }, 'more than 5 redirects', false],
  [{ exitCode: 60, stderr: 'curl: (60) expired' }, 'clock', true],
  [
    {
      exitCode: 60,
      stderr:
        'Warning: odd\ncurl: (60) SSL certificate problem: self-signed certificate\nMore details here: https://curl.se/docs/sslcerts.html\n\nTo learn more, visit the webpage mentioned above.\n',
    },
    'an authority that this machine does not know): SSL certificate problem: self-signed certificate',
    true,
  ],
  [{ exitCode: 1 }, 'not https', false],
  [{ exitCode: 127 }, 'no curl', false],
  [{ exitCode: 99, stderr: 'curl: (99) odd' }, 'curl ends with 99: odd', true],
] as const)('%j fails with a reason', (answer, reason, passing) => {
  expect(
    request(
      answering(() => answer),
      asked(),
    ),
  ).toEqual({ reason: expect.stringContaining(reason), passing });
});

test('what may be missing is an answer', () => {
  expect(
    request(
      answering(() => ({ status: 404 })),
      asked(),
      [404],
    ),
  ).toEqual({
    value: { status: 404, body: new Uint8Array() },
  });
});

test('every exit code has a reason, without credentials', () => {
  for (let exitCode = 0; exitCode < 130; exitCode++) {
    const reason = curlReason(exitCode, exitCode === 0 || exitCode === 22 ? 418 : 0, '', asked());
    expect(reason).not.toContain('hunter2');
    expect(reason.length).toBeGreaterThan(5);
    expect(typeof isPassing(exitCode, 0)).toBe('boolean');
  }
});
