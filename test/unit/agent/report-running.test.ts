/** The report that the installed machine runs: when, what, how often, and never with the token in sight. */
import { expect, test } from 'vitest';
import { reportRunning } from '../../../src/agent/provision/report-running.ts';
import { FakeHost, type FakeProgram } from '../../support/fake-host.ts';

const FILE = '/var/lib/basalt/provision/report.json';
const URL = 'http://10.0.10.1:8080/v1/machines/525400000007/progress';
const TOKEN = 'T0kenT0kenT0kenT0kenT0kenT0kenT0kenT0kenT0k';

/** curl as post-json.ts calls it. @param answer Statuses by turn, or curl's exit code when negative; the last one stays. */
function server(...answer: readonly number[]) {
  const bodies: { stage: string; version: string }[] = [];
  const curl: FakeProgram = (_, { input = '' }) => {
    const status = answer[Math.min(bodies.length, answer.length - 1)] ?? 204;
    const body = /^data-binary = "(.*)"$/m.exec(String(input))?.[1]?.replace(/\\(.)/g, '$1') ?? '{}';
    bodies.push(JSON.parse(body) as { stage: string; version: string });
    return status < 0 ? { exitCode: -status, stderr: 'curl: (7) no route' } : { stdout: `\n${status}` };
  };
  return { bodies, curl };
}

function machine(curl: FakeProgram, more: Readonly<Record<string, string>> = {}, isWell = true) {
  return new FakeHost({
    files: {
      [FILE]: JSON.stringify({ url: URL, token: TOKEN }),
      '/usr/lib/os-release': 'IMAGE_ID=qemu\nIMAGE_VERSION=1.2.0\n',
      ...more,
    },
    programs: { curl, systemctl: () => ({ exitCode: isWell ? 0 : 1 }) },
  });
}

const noToken = (host: FakeHost, text: string) => {
  const seen = [text, ...host.logged, ...host.commands.map(({ command }) => command.join(' '))].join('\n');
  expect(seen).not.toContain(TOKEN);
};

test('once for each version, after boot-complete.target', () => {
  const { bodies, curl } = server(204);
  const host = machine(curl);
  const first = reportRunning(host);
  expect(first).toEqual({ kind: 'done', text: `${URL} knows that version 1.2.0 runs` });
  expect(host.commands.map(({ command }) => command[0])).toEqual(['systemctl', 'curl']);
  expect(host.commands[1]?.input).toContain(`header = "Authorization: Bearer ${TOKEN}"`);
  noToken(host, first.text);
  expect(host.status(FILE)?.mode).toBe(0o600);

  expect(reportRunning(host).kind).toBe('done');
  expect(bodies).toEqual([{ stage: 'running', version: '1.2.0' }]);

  host.writeFile('/usr/lib/os-release', 'IMAGE_ID=qemu\nIMAGE_VERSION=1.3.0\n');
  reportRunning(host);
  expect(bodies).toEqual([
    { stage: 'running', version: '1.2.0' },
    { stage: 'running', version: '1.3.0' },
  ]);
});

test('a new installation is told again, also of the same version', () => {
  const { bodies, curl } = server(204);
  const host = machine(curl);
  reportRunning(host);
  host.writeFile(FILE, JSON.stringify({ url: URL, token: `${TOKEN}2` }));
  reportRunning(host);
  expect(bodies).toHaveLength(2);
});

test('nothing is done without the file', () => {
  const { bodies, curl } = server(204);
  const host = machine(curl);
  host.remove(FILE);
  expect(reportRunning(host).kind).toBe('done');
  expect(host.commands).toEqual([]);
  expect(bodies).toEqual([]);
});

test('a machine that is not well does not say that it runs', () => {
  const { bodies, curl } = server(204);
  expect(reportRunning(machine(curl, {}, false))).toMatchObject({
    kind: 'again',
    text: expect.stringContaining('not well'),
  });
  expect(bodies).toEqual([]);
});

test.each([403, 410])('%i: the token is removed', (status) => {
  const host = machine(server(status).curl);
  expect(reportRunning(host)).toMatchObject({ kind: 'done', text: expect.stringContaining('forgotten') });
  expect(host.kind(FILE)).toBeUndefined();
});

test.each([-7, -28, 500, 503, 429])('%i: asked again with pauses that grow, then later', (status) => {
  const { bodies, curl } = server(status);
  const host = machine(curl);
  const result = reportRunning(host);
  expect(result.kind).toBe('again');
  expect(bodies.length).toBeGreaterThan(5);
  expect(host.sleptMs.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(60_000);
  expect(host.kind(FILE)).toBe('file');
  noToken(host, result.text);
});

test.each([400, 404, 422, 301])('%i: nothing more in this boot; the token stays', (status) => {
  const { bodies, curl } = server(status);
  const host = machine(curl);
  expect(reportRunning(host)).toEqual({ kind: 'given-up', text: `${URL} answers ${status}` });
  expect(bodies).toHaveLength(1);
  expect(host.kind(FILE)).toBe('file');
});

test('a server that did not hear of the end of the installation hears of it now', () => {
  const { bodies, curl } = server(409, 204, 204);
  expect(reportRunning(machine(curl)).kind).toBe('done');
  expect(bodies.map(({ stage }) => stage)).toEqual(['running', 'installed', 'running']);
});

test('one that takes neither is not asked for ever', () => {
  const { bodies, curl } = server(409);
  expect(reportRunning(machine(curl))).toMatchObject({
    kind: 'given-up',
    text: expect.stringContaining('409'),
  });
  expect(bodies).toHaveLength(2);
});

test.each([
  ['{', /has not the texts url and token/],
  ['[]', /has not the texts/],
  [`{"url":"${URL}"}`, /has not the texts/],
  [`{"url":"ftp://h/","token":"abc"}`, /the scheme is ftp/],
  [`{"url":"${URL}","token":"a\\nheader"}`, /its token is none/],
])('%s is not used', (text, reason) => {
  const { bodies, curl } = server(204);
  const result = reportRunning(machine(curl, { [FILE]: text }));
  expect(result.kind).toBe('given-up');
  expect(result.text).toMatch(reason);
  expect(bodies).toEqual([]);
});

test('a file that is not from root is not used', () => {
  const { bodies, curl } = server(204);
  const host = new FakeHost({
    files: { [FILE]: JSON.stringify({ url: URL, token: TOKEN }) },
    owners: { [FILE]: 1000 },
    programs: { curl },
  });
  expect(reportRunning(host)).toMatchObject({
    kind: 'given-up',
    text: expect.stringMatching(/others than root/),
  });
  expect(bodies).toEqual([]);
});
