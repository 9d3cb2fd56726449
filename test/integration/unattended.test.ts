/** Installations without questions against the server's real HTTP side on the loopback, with an engine that writes nothing. */
import { writeFile } from 'node:fs/promises';
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { fetchOnce } from '../../src/install/unattended/fetch-once.ts';
import { readKernelArguments } from '../../src/install/unattended/kernel-arguments.ts';
import { type Asked, askedByFile, askedByKernel } from '../../src/install/unattended/open-plan.ts';
import type { UnattendedPlan } from '../../src/install/unattended/plan.ts';
import {
  type Ending,
  failedBefore,
  type Installed,
  type Limits,
  runUnattended,
} from '../../src/install/unattended/run-unattended.ts';
import type { MachineStatus } from '../../src/provision/status/machine-status.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { compiledAgent } from '../support/agent-machine.ts';
import { FakeEngine } from '../support/install/fake-engine.ts';
import { LoneMachine } from '../support/lone-machine.ts';
import { portOf, startOtherServer, stopOtherServer } from '../support/other-server.ts';
import { type HttpPlace, startHttpPlace } from '../support/provision/http-place.ts';
import { testToolbox } from '../support/toolbox.ts';

const ASK = '/v1/ask?mac=52-54-00-00-00-07&serial=7XK2QN3&vendor=Dell%20Inc.&model=PowerEdge%20R650';
const LIMITS: Limits = { configMs: 3000, reportMs: 1000, finalReportMs: 3000 };

let place: HttpPlace;
let engine: FakeEngine;
let notes: string[];
let servers: Server[];

beforeEach(async () => {
  place = await startHttpPlace();
  engine = new FakeEngine();
  notes = [];
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map(stopOtherServer));
  expect(place.errors).toEqual([]);
  await place.close();
});

/** Asks as iPXE's script does. @returns The kernel's command line that the machine is started with. */
async function commandLine(port = place.port): Promise<string> {
  const plan = JSON.parse((await place.get(ASK)).text) as { arguments: string[] };
  return `${plan.arguments.join(' ')}\n`.replaceAll('http://10.0.10.1:8080', `http://127.0.0.1:${port}`);
}

async function planned(port?: number): Promise<UnattendedPlan> {
  const { request, problems } = readKernelArguments(await commandLine(port));
  if (request?.kind !== 'plan') throw new Error(JSON.stringify(problems));
  return request.plan;
}

function run(plan: UnattendedPlan, signal = new AbortController().signal): Promise<Ending<Installed>> {
  return runUnattended({
    plan,
    engine,
    signal,
    limits: LIMITS,
    onEvent: () => undefined,
    onNote: (level, text) => void notes.push(`${level}: ${text}`),
  });
}

/** As `serve status` shows it. */
async function status(): Promise<MachineStatus | undefined> {
  const { text } = await place.get('/status.json', { port: place.statusPort });
  return (JSON.parse(text) as { machines: MachineStatus[] }).machines[0];
}

async function until(what: string, is: (machine: MachineStatus) => boolean): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const machine = await status();
    if (machine !== undefined && is(machine)) return;
    await pause(50);
  }
  throw new Error(`${what}: ${JSON.stringify(await status())}`);
}

/** No token in anything that is told. */
function withoutTokens(plan: UnattendedPlan, ending: Ending<Installed>): void {
  const error = ending.kind === 'failed' ? ending.error : undefined;
  const told = [
    ...notes,
    JSON.stringify(error, Object.getOwnPropertyNames(error ?? {})),
    String((error as Error | undefined)?.stack),
    JSON.stringify(place.registry.all()),
  ].join('\n');
  expect(told).not.toContain(plan.report?.token ?? 'none');
  if (plan.config?.kind === 'url')
    expect(told).not.toContain(new URL(plan.config.url).searchParams.get('token') ?? 'none');
}

/** A server of another kind, such as one that hangs. */
async function otherServer(onRequest: RequestListener, port = 0): Promise<number> {
  const server = await startOtherServer(onRequest, port);
  servers.push(server);
  return portOf(server);
}

test('the whole way: its own configuration, progress that is seen, installed, restart from disk', async () => {
  const plan = await planned();
  let go: () => void = () => undefined;
  const told = new Promise<void>((done) => {
    go = done;
  });
  engine.work = async (onEvent) => {
    for (let doneBytes = 0; doneBytes <= 1000; doneBytes++)
      onEvent({ kind: 'progress', step: 'copy', doneBytes: doneBytes / 2, totalBytes: 1000 });
    await told;
    onEvent({ kind: 'step-ended', step: 'copy', durationMs: 1 });
  };
  const running = run(plan);
  await until('33 %', ({ text }) => text === 'installing 33 %');
  go();
  const ending = await running;
  expect(ending).toEqual({ kind: 'installed', result: { version: '1.0.0' }, next: 'yes' });
  expect(engine.selectors).toEqual(['smallest-nvme']);
  expect(engine.requests).toMatchObject([
    {
      disk: '/dev/nvme0n1',
      keepVar: false,
      cloudConfig: expect.stringMatching(/^#cloud-config\n[\s\S]*hostname: one/),
      report: plan.report,
    },
  ]);
  expect(engine.nextBoots).toBe(1);
  expect(await status()).toMatchObject({ text: 'installed 1.0.0', armed: false });
  expect(JSON.parse((await place.get(ASK)).text)).toMatchObject({ action: 'disk' });
  expect(notes.join('\n')).not.toContain('warning');
  withoutTokens(plan, ending);
});

test('at most one report of progress a second, and never two at once', async () => {
  const arrivedMs: number[] = [];
  let open = 0;
  let most = 0;
  const port = await otherServer(async (request, response) => {
    const { stage } = (await json(request)) as { stage: string };
    // The last report waits for nobody: what is on its way by then is given up, though a server may still hold it.
    if (stage === 'installed') return void response.writeHead(204).end();
    most = Math.max(most, ++open);
    arrivedMs.push(performance.now());
    setTimeout(() => {
      open--;
      response.writeHead(204).end();
    }, 300);
  });
  engine.work = async (onEvent) => {
    for (let part = 0; part <= 300; part++) {
      onEvent({ kind: 'progress', step: 'copy', doneBytes: part, totalBytes: 300 });
      await pause(10);
    }
  };
  const plan: UnattendedPlan = {
    ...(await planned()),
    config: undefined,
    report: { url: `http://127.0.0.1:${port}/`, token: 'abc' },
  };
  expect((await run(plan)).kind).toBe('installed');
  expect(most).toBe(1);
  expect(arrivedMs.length).toBeGreaterThanOrEqual(3);
  // On the whole and not between two of them: one may arrive late on a busy machine, and the next in time.
  const tookMs = (arrivedMs.at(-1) ?? 0) - (arrivedMs[0] ?? 0);
  expect(arrivedMs.length - 1).toBeLessThanOrEqual((tookMs + 500) / 1000);
});

test('a failure is seen on the server, and the machine starts again: its attempts are counted', async () => {
  for (let attempt = 1; attempt <= 5; attempt++) {
    const plan = await planned();
    engine.work = async () => {
      throw new UserError('disk-gone', `the disk is gone, said with ${plan.report?.token}`, {
        seen: 'no /dev/nvme0n1',
      });
    };
    const ending = await run(plan);
    expect(ending).toMatchObject({ kind: 'failed', next: 'restart', error: { code: 'disk-gone' } });
    expect(await status()).toMatchObject({
      lastError: 'the disk is gone, said with …; no /dev/nvme0n1',
      attempts: attempt,
    });
    withoutTokens(plan, ending);
  }
  expect(JSON.parse((await place.get(ASK)).text)).toMatchObject({ action: 'disk' });
});

test('a disk that is not one: nothing is written, and the configuration is still there to be fetched', async () => {
  const plan = await planned();
  engine.choose = () => {
    throw new UserError('disk-ambiguous', 'smallest-nvme names 2 disks', { seen: 'nvme0n1, nvme1n1' });
  };
  expect(await run(plan)).toMatchObject({ kind: 'failed', next: 'restart' });
  expect(engine.requests).toEqual([]);
  expect((await status())?.lastError).toBe('smallest-nvme names 2 disks; nvme0n1, nvme1n1');
  expect(plan.config?.kind === 'url' && (await fetch(plan.config.url)).status).toBe(200);
});

test('a token that was used opens nothing twice: nothing is written', async () => {
  const plan = await planned();
  expect(plan.config?.kind === 'url' && (await fetch(plan.config.url)).status).toBe(200);
  const ending = await run(plan);
  expect(ending).toMatchObject({
    kind: 'failed',
    next: 'restart',
    error: { seen: 'it answers 410: this token was used already, and opens nothing twice' },
  });
  expect(engine.requests).toEqual([]);
  expect((await status())?.lastError).toMatch(/could not be fetched; it answers 410/);
  withoutTokens(plan, ending);
});

test('tokens that another question has made void: nothing is written, and the machine is not the server’s', async () => {
  const plan = await planned();
  await planned();
  const ending = await run(plan);
  expect(ending).toMatchObject({ kind: 'failed', error: { seen: expect.stringMatching(/^it answers 403/) } });
  expect(engine.requests).toEqual([]);
  expect(notes.join('\n')).toMatch(/the server does not know of the failure: it answers 403/);
  withoutTokens(plan, ending);
});

const brokenConfigs = [
  ['no cloud-config', 'hello', 1],
  ['problems', '#cloud-config\nhostname: Bad_Name\nwrite_file: []\n', 2],
  ['not UTF-8', Buffer.from([0x23, 0xff, 0xfe]), 0],
] as const;

test.each(brokenConfigs)(
  'a configuration with %s: every problem is told, nothing is written',
  async (_, body, count) => {
    const port = await otherServer((_request, response) => response.end(body));
    const plan: UnattendedPlan = {
      ...(await planned()),
      config: { kind: 'url', url: `http://127.0.0.1:${port}/node.yaml?token=secretsecret` },
    };
    const ending = await run(plan);
    expect(ending).toMatchObject({ kind: 'failed', error: { exitCode: 3 } });
    expect(ending.kind === 'failed' && (ending.error as UserError).problems).toHaveLength(count);
    expect(engine.requests).toEqual([]);
    expect((await status())?.lastError).toMatch(/^the configuration (has|is)/);
    withoutTokens(plan, ending);
  },
);

describe('a server that', () => {
  const configAt = async (port: number): Promise<UnattendedPlan> => ({
    ...(await planned()),
    config: { kind: 'url', url: `http://127.0.0.1:${port}/config?token=secretsecret` },
  });

  test('is away at first is waited for', async () => {
    const port = await otherServer(() => undefined);
    await new Promise((done) => servers.pop()?.close(done));
    const plan = await configAt(port);
    const running = run(plan);
    await pause(700);
    await otherServer((_, response) => response.end('#cloud-config\nhostname: late\n'), port);
    expect((await running).kind).toBe('installed');
    expect(engine.requests[0]?.cloudConfig).toContain('hostname: late');
  });

  test('is away with the configuration for good: nothing is written', async () => {
    const port = await otherServer(() => undefined);
    await new Promise((done) => servers.pop()?.close(done));
    const plan = await configAt(port);
    const ending = await run(plan);
    expect(ending).toMatchObject({
      kind: 'failed',
      next: 'restart',
      error: { code: 'server-unreachable', where: `http://127.0.0.1:${port}/config?…` },
    });
    expect(engine.requests).toEqual([]);
    expect((await status())?.lastError).toMatch(/cannot be reached; it refuses the connection, for 3 s/);
  });

  test('ends the connection after the question is not asked again', async () => {
    let asked = 0;
    const port = await otherServer((request) => {
      asked++;
      request.socket.destroy();
    });
    expect(await run(await configAt(port))).toMatchObject({
      kind: 'failed',
      error: { seen: 'it ended the connection without a complete answer' },
    });
    expect(asked).toBe(1);
    expect(engine.requests).toEqual([]);
  });

  test('is slow is waited for, and not for ever', async () => {
    const port = await otherServer((_, response) => {
      response.writeHead(200).write('#cloud-config\n');
      setTimeout(() => response.end('hostname: slow\n'), 1500);
    });
    expect((await run(await configAt(port))).kind).toBe('installed');
    expect(engine.requests[0]?.cloudConfig).toContain('hostname: slow');

    let asked = 0;
    const silent = await otherServer(() => void asked++);
    const fetched = fetchOnce({
      url: `http://127.0.0.1:${silent}/?token=secretsecret`,
      noun: 'configuration',
      maximumBytes: 1000,
      signal: new AbortController().signal,
      patienceMs: 5000,
      answerLimitMs: 500,
    });
    await expect(fetched).rejects.toMatchObject({
      seen: 'no complete answer came in time',
      where: `http://127.0.0.1:${silent}/?…`,
    });
    expect(asked).toBe(1);
  });

  test('gives half an answer, or far too much, or another status', async () => {
    const half = await otherServer((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('#cloud-config\n');
      setTimeout(() => response.destroy(), 50);
    });
    expect(await run(await configAt(half))).toMatchObject({
      kind: 'failed',
      error: { code: 'fetch-failed' },
    });
    const endless = await otherServer((_, response) => {
      const chunk = Buffer.alloc(65_536, '# ');
      const write = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', write);
      write();
    });
    expect(await run(await configAt(endless))).toMatchObject({
      error: { seen: expect.stringMatching(/more than 1048576 bytes/) },
    });
    let asked = 0;
    const broken = await otherServer((_, response) => {
      asked++;
      response.writeHead(500).end('<html>');
    });
    expect(await run(await configAt(broken))).toMatchObject({ error: { seen: 'it answers 500' } });
    expect(asked).toBe(1);
    expect(engine.requests).toEqual([]);
  });

  test('goes away while it installs is noted once, and told the end when it is back', async () => {
    const plan = await planned();
    let isAway = false;
    const sockets = new Set<Socket>();
    // In front of the real one.
    const port = await otherServer(async (request, response) => {
      if (isAway) return void request.socket.destroy();
      let body = '';
      for await (const chunk of request) body += chunk;
      const answer = await place.get(request.url ?? '', {
        method: 'POST',
        headers: {
          authorization: request.headers.authorization ?? '',
          'content-type': request.headers['content-type'] ?? '',
        },
        body,
      });
      response.writeHead(answer.status).end(answer.text);
    });
    servers.at(-1)?.on('connection', (socket) => sockets.add(socket));
    engine.work = async (onEvent) => {
      onEvent({ kind: 'progress', step: 'copy', doneBytes: 1, totalBytes: 10 });
      await pause(1300);
      isAway = true;
      for (let part = 2; part <= 10; part++) {
        onEvent({ kind: 'progress', step: 'copy', doneBytes: part, totalBytes: 10 });
        await pause(300);
      }
      setTimeout(() => {
        isAway = false;
      }, 800);
    };
    const url = plan.report?.url.replace(String(place.port), String(port)) ?? '';
    const ending = await run({ ...plan, report: { url, token: plan.report?.token ?? '' } });
    expect(ending.kind).toBe('installed');
    expect(notes.filter((note) => note.includes('takes no report'))).toHaveLength(1);
    expect((await status())?.text).toBe('installed 1.0.0');
    expect(sockets.size).toBeGreaterThan(1);
  });

  test('is only to be told, and never there: it is installed, and the machine restarts', async () => {
    const port = await otherServer(() => undefined);
    await new Promise((done) => servers.pop()?.close(done));
    const plan: UnattendedPlan = {
      ...(await planned()),
      config: undefined,
      report: { url: `http://127.0.0.1:${port}/`, token: 'abcdefgh' },
    };
    expect(await run(plan)).toMatchObject({ kind: 'installed', next: 'yes' });
    expect(notes.join('\n')).toMatch(/cannot be reached: it refuses the connection/);
    expect(notes.join('\n')).toMatch(
      /does not know that the machine is installed: it refuses the connection/,
    );
  });

  test('hangs with reports does not hold up the installation', async () => {
    const port = await otherServer(() => undefined);
    const startedMs = performance.now();
    let installedMs = 0;
    engine.work = async (onEvent) => {
      for (let part = 0; part <= 10; part++)
        onEvent({ kind: 'progress', step: 'copy', doneBytes: part, totalBytes: 10 });
      installedMs = performance.now() - startedMs;
    };
    const plan = {
      ...(await planned()),
      config: undefined,
      report: { url: `http://127.0.0.1:${port}/`, token: 'abc' },
    };
    const stop = new AbortController();
    const running = run(plan, stop.signal);
    await pause(500);
    expect(installedMs).toBeGreaterThan(0);
    expect(installedMs).toBeLessThan(400);
    servers.at(-1)?.closeAllConnections();
    servers.at(-1)?.close();
    await running;
  });
});

test('without a server a failure waits for a person; with one that was interrupted too', async () => {
  engine.work = async () => {
    throw new Error('broken');
  };
  const alone: UnattendedPlan = { ...(await planned()), config: undefined, report: undefined };
  expect(await run(alone)).toMatchObject({ kind: 'failed', next: 'stay' });

  const stop = new AbortController();
  engine.work = (_, signal) =>
    new Promise((_done, fail) => {
      signal.addEventListener('abort', () => fail(signal.reason));
      setTimeout(() => stop.abort(), 50);
    });
  expect(await run(await planned(), stop.signal)).toMatchObject({ kind: 'failed', next: 'stay' });
  expect((await status())?.lastError).toBe('the installation was interrupted at the console');
});

describe('what is asked for', () => {
  const failed = (error: unknown, asked: Asked) =>
    failedBefore(error, asked.report, {
      signal: new AbortController().signal,
      limits: LIMITS,
      onNote: (level, text) => void notes.push(`${level}: ${text}`),
    });
  const opened = async (asked: Asked): Promise<UnattendedPlan> => {
    const found = await asked.open({
      signal: new AbortController().signal,
      patienceMs: 1000,
      self: () => Promise.reject(new Error('nobody asks who this is')),
      onReport: () => undefined,
    });
    if (found.kind !== 'install') throw new Error(found.lines.join('\n'));
    return found.plan;
  };

  test('with mistakes is told to the server, and nothing is written', async () => {
    const text = (await commandLine()).replace('smallest-nvme', 'sda basalt.install.keepvar=yes');
    const asked = askedByKernel(text);
    const error = await opened(asked).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'answers-invalid', exitCode: 3, problems: [{}, {}] });
    expect(await failed(error, asked)).toMatchObject({ kind: 'failed', next: 'restart' });
    expect((await status())?.lastError).toMatch(
      /2 problems: nothing was written; .*basalt\.install\.disk= is "sda", which names no disk and 1 more/,
    );
  });

  test('nothing: told, and the machine stays', async () => {
    const asked = askedByKernel('ro quiet\n');
    const error = await opened(asked).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'not-asked' });
    expect(await failed(error, asked)).toMatchObject({ next: 'stay' });
  });

  test('by an address of an answers file, with the report of the kernel command line', async () => {
    const port = await otherServer((_, response) => response.end('disk: smallest-any\nreboot: no\n'));
    const where = `http://127.0.0.1:${port}/a.yaml?key=secretsecret`;
    const base = `basalt.install.unattended=yes basalt.install.answers=${where}`;
    const report = 'basalt.install.report=http://127.0.0.1:1/ basalt.install.token=abc';
    expect(await opened(askedByKernel(`${base} ${report}\n`))).toMatchObject({
      disk: 'smallest-any',
      afterwards: 'no',
      report: { url: 'http://127.0.0.1:1/', token: 'abc' },
    });
    const wrong = await otherServer((_, response) =>
      response.end('disk: smallest-any\nconfig: {file: /x}\n'),
    );
    const error = await opened(askedByKernel(base.replace(String(port), String(wrong)))).catch(
      (cause) => cause,
    );
    expect(error).toMatchObject({ problems: [{ file: `http://127.0.0.1:${wrong}/a.yaml?…`, line: 2 }] });
  });

  test('by a file', async () => {
    const file = join(place.folder, 'answers.yaml');
    await writeFile(file, 'disk: smallest-any\nconfig: {file: node.yaml}\n');
    expect((await opened(askedByFile(file))).config).toEqual({
      kind: 'file',
      path: join(place.folder, 'node.yaml'),
    });
    await expect(opened(askedByFile(`${file}x`))).rejects.toMatchObject({
      code: 'answers-missing',
      exitCode: 3,
    });
  });
});

test('an answers file adds a host name and keys to what the server gives', async () => {
  const plan = await planned();
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJTTX2XKPNRp7YLOKqCyJ8aFqvHRh0WQ4zWn3S0Ks8p2';
  const text = '#cloud-config\n# mine\nwrite_files: [{path: /etc/x, content: y}]\n';
  const config = { kind: 'text', text, file: 'a.yaml: config.text' } as const;
  expect((await run({ ...plan, config, added: { hostname: 'rack4-7', sshKeys: [key] } })).kind).toBe(
    'installed',
  );
  expect(engine.requests[0]?.cloudConfig).toMatch(/^#cloud-config\n# mine\n[\s\S]*hostname: rack4-7/);
  expect(engine.requests[0]?.cloudConfig).toContain(key);

  const other = { ...config, text: '#cloud-config\nhostname: other\n' };
  const ending = await run({
    ...plan,
    config: other,
    added: { hostname: 'rack4-7', sshKeys: [] },
  });
  expect(ending).toMatchObject({ kind: 'failed', error: { code: 'answers-contradict' } });
  expect(engine.requests).toHaveLength(1);
});

describe('the installed machine, by the real agent under QuickJS', () => {
  const FILE = '/var/lib/basalt/provision/report.json';
  let toolbox: Toolbox;
  let bundle: Awaited<ReturnType<typeof compiledAgent>>;
  let machine: LoneMachine;

  beforeAll(async () => {
    toolbox = await testToolbox();
    bundle = await compiledAgent();
  });
  afterAll(() => bundle.remove());
  beforeEach(async () => {
    machine = await LoneMachine.make({ toolbox, agent: bundle.folder }, 'one');
  });
  afterEach(() => machine.remove());

  const installedBy = async (plan: UnattendedPlan) => {
    expect((await run(plan)).kind).toBe('installed');
    await machine.write({ [FILE]: JSON.stringify(engine.requests.at(-1)?.report) }, 0o600);
  };
  const version = (text: string) =>
    machine.write({ '/usr/lib/os-release': `IMAGE_ID=live\nIMAGE_VERSION="${text}"\n` });

  test('reports running, once for each version; the token is forgotten when it opens nothing', async () => {
    const plan = await planned();
    await installedBy(plan);
    await version('1.0.0');
    const first = await machine.agent('report');
    expect(first).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/knows that version 1\.0\.0 runs/),
    });
    expect(first.stderr + first.stdout).not.toContain(plan.report?.token);
    expect((await status())?.text).toBe('running 1.0.0');
    expect(await machine.calls()).toEqual([
      'systemctl start boot-complete.target',
      'systemctl stop --no-block basalt-report.timer',
    ]);
    await machine.agent('report');
    expect(await machine.calls()).toEqual(['systemctl stop --no-block basalt-report.timer']);

    await version('1.1.0');
    expect((await machine.agent('report')).exitCode).toBe(0);
    expect((await status())?.text).toBe('running 1.1.0');

    place.now += 31 * 24 * 3_600_000;
    await version('1.2.0');
    expect((await machine.agent('report')).stderr).toMatch(/answers 410: the token opens nothing any more/);
    expect(await machine.text(FILE)).toBeUndefined();
  });

  test('tells the end of the installation too, when the server did not hear of it', async () => {
    const plan = await planned();
    await fetch(plan.config?.kind === 'url' ? plan.config.url : '');
    await machine.write({ [FILE]: JSON.stringify(plan.report) }, 0o600);
    await version('1.0.0');
    expect((await machine.agent('report')).exitCode).toBe(0);
    expect(await status()).toMatchObject({ text: 'running 1.0.0', armed: false });
  });

  test('costs nothing without the file', async () => {
    expect(await machine.agent('report')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/nobody asked/),
    });
  });
});
