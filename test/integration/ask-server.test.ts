/** A live system that asks the server by itself, against the server's real HTTP side on the loopback, with an engine that writes nothing. */
import type { RequestListener, Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Self } from '../../src/install/unattended/ask-server.ts';
import { askedByKernel } from '../../src/install/unattended/open-plan.ts';
import { type RoundEnding, runRound } from '../../src/install/unattended/round.ts';
import type { Installed } from '../../src/install/unattended/run-unattended.ts';
import type { MachineStatus } from '../../src/provision/status/machine-status.ts';
import { FakeEngine } from '../support/install/fake-engine.ts';
import { portOf, startOtherServer, stopOtherServer } from '../support/other-server.ts';
import { type HttpPlace, startHttpPlace } from '../support/provision/http-place.ts';
import { machinesOf, machinesText } from '../support/provision/machines-file.ts';

const SELF: Self = {
  mac: '52:54:00:00:00:07',
  uuid: '4c4c4544-0058-4b10-8032-b7c04f514e33',
  serial: '7XK2QN3',
  vendor: 'Dell Inc.',
  model: 'PowerEdge R650',
  image: 'live',
  version: '1.0.0',
};
/** What iPXE's script asks with, for the same machine: templates/ipxe/boot.ipxe.hbs. */
const BY_IPXE = `/v1/ask.ipxe?mac=52-54-00-00-00-07&uuid=${SELF.uuid}&serial=7XK2QN3&vendor=Dell%20Inc.&model=PowerEdge%20R650&arch=x86_64`;

let place: HttpPlace;
let engine: FakeEngine;
let notes: string[];
let servers: Server[];
let nextBoots: number;
/** Why the firmware does not take an entry. */
let noEntry: string | undefined;

beforeEach(async () => {
  place = await startHttpPlace();
  place.server = `http://127.0.0.1:${place.port}`;
  engine = new FakeEngine();
  [notes, servers, nextBoots, noEntry] = [[], [], 0, undefined];
});
afterEach(async () => {
  await Promise.all(servers.map(stopOtherServer));
  expect(place.errors).toEqual([]);
  await place.close();
});

function round(
  self: Partial<Self> = {},
  server = place.server,
  signal = new AbortController().signal,
): Promise<RoundEnding<Installed>> {
  return runRound<Installed>({
    asked: askedByKernel(`ro basalt.live basalt.install.unattended=yes basalt.install.server=${server}\n`),
    self: async (localAddress) => {
      expect(localAddress).toBe('127.0.0.1');
      return { ...SELF, ...self };
    },
    signal,
    limits: { configMs: 3000, reportMs: 1000, finalReportMs: 3000 },
    onEvent: () => undefined,
    onNote: (level, text) => void notes.push(`${level}: ${text}`),
    withEngine: (work) => work(engine),
    startInstalledNext: async () => {
      nextBoots++;
      return noEntry;
    },
  });
}

async function machines(): Promise<readonly MachineStatus[]> {
  const { text } = await place.get('/status.json', { port: place.statusPort });
  return (JSON.parse(text) as { machines: MachineStatus[] }).machines;
}

async function otherServer(onRequest: RequestListener, port = 0): Promise<string> {
  const server = await startOtherServer(onRequest, port);
  servers.push(server);
  return `http://127.0.0.1:${portOf(server)}`;
}

/** An address where nobody is, for now. */
async function nobody(): Promise<string> {
  const address = await otherServer(() => undefined);
  await new Promise((done) => servers.pop()?.close(done));
  return address;
}

test('it is installed as a machine of the network is: its entry, its configuration, reports, once', async () => {
  const ending = await round();
  expect(ending).toMatchObject({ kind: 'installed', result: { version: '1.0.0' }, leaving: 'yes' });
  expect(engine.selectors).toEqual(['smallest-nvme']);
  expect(engine.requests).toMatchObject([
    {
      disk: '/dev/nvme0n1',
      keepVar: false,
      cloudConfig: expect.stringMatching(/^#cloud-config\n[\s\S]*hostname: one/),
      report: { url: `${place.server}/v1/machines/525400000007/progress` },
    },
  ]);
  expect(await machines()).toMatchObject([{ name: 'one', text: 'installed 1.0.0', armed: false }]);
  expect(notes.join('\n')).not.toContain('warning');

  // Its virtual CD stays in.
  expect(await round()).toEqual({ kind: 'sent-to-disk', leaving: 'restart' });
  expect(notes.join('\n')).toContain('one is installed');
  expect(nextBoots).toBe(1);
  expect(engine.requests).toHaveLength(1);
});

test('started by iPXE at one time and from a medium at another, it is one machine', async () => {
  expect((await place.get(BY_IPXE)).text).toContain('Basalt: one installs live 1.0.0');
  await round({ mac: '52:54:00:00:00:08' });
  expect(await machines()).toMatchObject([
    { macs: ['52:54:00:00:00:07', '52:54:00:00:00:08'], text: 'installed 1.0.0', uuid: SELF.uuid },
  ]);
  expect((await place.get(BY_IPXE)).text).toContain('one is installed');
});

test('it is installed, and the firmware knows no entry: it stays, so that serve reinstall reaches it', async () => {
  await round();
  noEntry = 'it has no entry of Basalt whose disk is in this machine';
  expect(await round()).toEqual({ kind: 'sent-to-disk', leaving: 'ask-later' });
  expect(notes.at(-1)).toBe(
    'warning: the firmware cannot be told to start from the disk: it has no entry of Basalt whose disk is in this machine',
  );
  await place.get('/reinstall', {
    port: place.statusPort,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ machine: 'one' }),
  });
  expect(await round()).toMatchObject({ kind: 'installed' });
});

test('no entry is for it: nothing is installed, and it is asked later; then one is', async () => {
  const other = { mac: '52:54:00:00:00:99', uuid: undefined, serial: 'OTHER', vendor: 'x & shell' };
  expect(await round(other)).toEqual({ kind: 'sent-to-disk', leaving: 'ask-later' });
  expect(notes.join('\n')).toContain(
    'info: no entry of machines.yaml is for this machine: mac 52:54:00:00:00:99, service tag OTHER, x & shell',
  );
  expect(nextBoots).toBe(0);
  place.machines = machinesOf(machinesText.replace('7XK2QN3', 'OTHER'));
  expect(await round(other)).toMatchObject({ kind: 'installed', leaving: 'yes' });
});

test('it fails: the server knows why and is asked again, up to five times', async () => {
  engine.work = async () => {
    throw new Error('the disk is gone');
  };
  for (let attempt = 1; attempt <= 5; attempt++) {
    expect(await round()).toMatchObject({ kind: 'failed', leaving: 'ask-again' });
    expect(await machines()).toMatchObject([{ lastError: 'the disk is gone', attempts: attempt }]);
  }
  expect(await round()).toEqual({ kind: 'sent-to-disk', leaving: 'ask-later' });
  expect(notes.at(-1)).toMatch(/did not install itself in 5 attempts\. serve reinstall one allows more/);
  expect(engine.requests).toHaveLength(5);
});

test('interrupted at the console it stays as it is', async () => {
  const stop = new AbortController();
  engine.work = (_, signal) =>
    new Promise((_done, fail) => {
      signal.addEventListener('abort', () => fail(signal.reason));
      setTimeout(() => stop.abort(), 50);
    });
  expect(await round({}, place.server, stop.signal)).toMatchObject({ kind: 'failed', leaving: 'stay' });
});

describe('a live system of another version', () => {
  test('is refused by the server, without an attempt', async () => {
    expect(await round({ version: '0.9.0' })).toEqual({ kind: 'sent-to-disk', leaving: 'ask-later' });
    const [machine] = await machines();
    expect(machine).toMatchObject({
      attempts: 0,
      lastError: 'one gets live 1.0.0, and was started with a live system of live 0.9.0',
    });
    expect(await round({ image: 'other' })).toMatchObject({ leaving: 'ask-later' });
    expect(engine.requests).toEqual([]);
  });

  test('refuses itself, where the server does not look at it', async () => {
    const server = await otherServer(async (request, response) => {
      const path = (request.url ?? '').replace(/&image=.*/, '');
      response.end((await place.get(path)).text);
    });
    expect(await round({ version: '0.9.0' }, server)).toMatchObject({
      kind: 'failed',
      leaving: 'ask-again',
      error: {
        code: 'image-other',
        seen: 'a live system of live 0.9.0',
        needed: 'live 1.0.0: a live system installs itself',
      },
    });
    // It is told, since the answer said whom.
    expect((await machines())[0]?.lastError).toMatch(/wants another system on this machine than runs here/);
    expect(engine.requests).toEqual([]);
  });
});

describe('a server that', () => {
  test('is away at first is waited for', async () => {
    const address = await nobody();
    const running = round({}, address);
    await pause(700);
    await otherServer(
      async (request, response) => void response.end((await place.get(request.url ?? '')).text),
      Number(new URL(address).port),
    );
    expect(await running).toMatchObject({ kind: 'installed' });
  });

  test('is away for good is told of, and asked again', async () => {
    expect(await round({}, await nobody())).toMatchObject({
      kind: 'failed',
      leaving: 'ask-again',
      error: {
        code: 'server-unreachable',
        message: 'the server that says what is to be done cannot be reached',
        seen: 'it refuses the connection, for 3 s',
      },
    });
  });

  const install = (own: readonly string[]) =>
    JSON.stringify({ action: 'install', image: 'live', version: '1.0.0', arguments: own });
  const token = 'S3cretS3cretS3cret';

  test.each<[string, number, string | Buffer, object]>([
    ['is another one', 404, '<html>', { code: 'fetch-failed', seen: 'it answers 404' }],
    ['answers with a page', 200, '<html>', { code: 'answer-invalid', seen: 'it is no JSON in UTF-8' }],
    [
      'answers without end',
      200,
      Buffer.alloc(100_000, ' '),
      { code: 'fetch-failed', seen: 'it gives more than 65536 bytes' },
    ],
    [
      'asks for nothing',
      200,
      install(['quiet', 'rm=-rf']),
      { message: 'the answer of the server asks for no installation' },
    ],
    [
      'names no disk',
      200,
      install(['basalt.install.unattended=yes', `basalt.install.token=${token}`]),
      { code: 'answers-invalid', problems: [{ line: 0 }, { line: 0 }] },
    ],
    [
      'leads elsewhere',
      200,
      install(['basalt.install.unattended=yes', `basalt.install.answers=http://h/?${token}`]),
      {
        code: 'answers-invalid',
        problems: [{ message: expect.stringContaining('not for a server to say') }],
      },
    ],
    [
      'asks for what nobody knows',
      200,
      install([
        'basalt.install.unattended=yes',
        'basalt.install.disk=smallest-any',
        'basalt.install.wipe=all',
      ]),
      { code: 'answers-invalid', problems: [{ message: 'unknown argument basalt.install.wipe=' }] },
    ],
    [
      'hides one argument in another',
      200,
      install([
        'basalt.install.unattended=yes basalt.install.disk=smallest-any',
        'basalt.install.disk=serial:A',
      ]),
      { code: 'answers-invalid', problems: [{ message: 'basalt.install.disk= is given twice' }] },
    ],
  ])('%s: nothing is installed, and nothing of it repeated', async (_, status, body, error) => {
    const server = await otherServer((_request, response) => response.writeHead(status).end(body));
    const ending = await round({}, server);
    expect(ending).toMatchObject({ kind: 'failed', leaving: 'ask-again', error });
    const told = ending.kind === 'failed' ? ending.error : undefined;
    expect(JSON.stringify(told, Object.getOwnPropertyNames(told))).not.toContain(token);
    expect(engine.requests).toEqual([]);
  });

  test('ends the connection after the question is not asked twice in a round', async () => {
    let asked = 0;
    const server = await otherServer((request) => {
      asked++;
      request.socket.destroy();
    });
    expect(await round({}, server)).toMatchObject({ kind: 'failed', leaving: 'ask-again' });
    expect(asked).toBe(1);
  });
});
