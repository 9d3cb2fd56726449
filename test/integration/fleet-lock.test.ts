/** FleetLock, as Zincati's documentation has it, by the real agent and curl against a server on the loopback. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { compiledAgent } from '../support/agent-machine.ts';
import { LoneMachine } from '../support/lone-machine.ts';
import { testToolbox } from '../support/toolbox.ts';

let toolbox: Toolbox;
let bundle: Awaited<ReturnType<typeof compiledAgent>>;
let server: Server;
let machines: LoneMachine[];
/** `METHOD PATH HEADER BODY`. */
let asked: string[];
/** Ids that hold the one place. */
let holder: string | undefined;
let broken: { status: number; body: string } | undefined;

beforeAll(async () => {
  toolbox = await testToolbox();
  bundle = await compiledAgent();
});
afterAll(() => bundle.remove());

beforeEach(async () => {
  asked = [];
  holder = undefined;
  broken = undefined;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${request.headers['fleet-lock-protocol']} ${body}`);
      const { id } = (JSON.parse(body) as { client_params: { id: string } }).client_params;
      if (broken !== undefined) response.writeHead(broken.status).end(broken.body);
      else if (request.url === '/base/v1/pre-reboot') {
        holder ??= id;
        if (holder === id) response.writeHead(200).end();
        else response.writeHead(409).end('{"kind":"all_slots_full","value":"all 1 slots are taken"}');
      } else {
        if (holder === id) holder = undefined;
        response.writeHead(204).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const place = { toolbox, agent: bundle.folder };
  machines = await Promise.all(['alpha', 'beta'].map((name) => LoneMachine.make(place, name)));
  for (const machine of machines)
    await machine.settings({
      REBOOT_STRATEGY: 'fleet-lock',
      FLEET_LOCK_URL: `http://127.0.0.1:${port}/base/`,
      LOCK_GROUP: 'workers',
    });
});

afterEach(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  for (const machine of machines) await machine.remove();
});

const restarts = async (machine: LoneMachine | undefined) =>
  ((await machine?.calls()) ?? []).filter((call) => call.startsWith('systemctl reboot'));

test('one restarts and gives the place back when it is good; the other waits, with the words of the server', async () => {
  const [first, second] = machines;
  expect((await first?.agent('reboot', 'request'))?.exitCode).toBe(0);
  expect(asked).toEqual([
    `POST /base/v1/pre-reboot true {"client_params":{"id":"${first?.id}","group":"workers"}}`,
  ]);
  expect(await restarts(first)).toHaveLength(1);
  expect((await second?.agent('reboot', 'request'))?.stderr).toMatch(
    /the restart waits: the FleetLock group workers: all 1 slots are taken \(all_slots_full\)/,
  );
  expect(await restarts(second)).toEqual([]);

  await first?.restart();
  asked = [];
  expect((await first?.agent('reboot', 'tend'))?.stderr).toMatch(/given back/);
  expect(asked).toEqual([
    `POST /base/v1/steady-state true {"client_params":{"id":"${first?.id}","group":"workers"}}`,
  ]);
  // Once is enough.
  await first?.agent('reboot', 'tend');
  expect(asked).toHaveLength(1);
  expect((await second?.agent('reboot', 'attempt'))?.stderr).toMatch(/the machine restarts/);
});

test.each([
  [{ status: 500, body: '{"kind":"failed_lock","value":"etcd is down"}' }, /etcd is down \(failed_lock\)/],
  [{ status: 502, body: '<html>' }, /it answers 502/],
])('%j: no restart, and the place is given back later', async (answer, words) => {
  const [machine] = machines;
  broken = answer;
  expect((await machine?.agent('reboot', 'request'))?.stderr).toMatch(words);
  expect(await restarts(machine)).toEqual([]);
  broken = undefined;
  await machine?.agent('reboot', 'attempt');
  expect(await restarts(machine)).toHaveLength(1);

  await machine?.restart();
  broken = answer;
  const kept = await machine?.agent('reboot', 'tend');
  expect(kept).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/not given back yet: the FleetLock server keeps/),
  });
  broken = undefined;
  expect((await machine?.agent('reboot', 'tend'))?.exitCode).toBe(0);
  expect(holder).toBeUndefined();
});

test('a server that is not there: no restart; a strategy that changed meanwhile still gives the place back', async () => {
  const [machine] = machines;
  await machine?.agent('reboot', 'request');
  expect(holder).toBe(machine?.id);
  await machine?.restart();
  const conf = (await machine?.text('/etc/basalt/update.conf')) ?? '';
  await machine?.write({ '/etc/basalt/update.conf': conf.replace('fleet-lock"', 'reboot"') });
  expect((await machine?.agent('reboot', 'tend'))?.exitCode).toBe(0);
  expect(holder).toBeUndefined();

  await machine?.settings({ REBOOT_STRATEGY: 'fleet-lock', FLEET_LOCK_URL: 'http://127.0.0.1:9' });
  await machine?.calls();
  expect((await machine?.agent('reboot', 'request'))?.stderr).toMatch(
    /the FleetLock server does not answer: .*connect/,
  );
  expect(await restarts(machine)).toEqual([]);
});

test('places of other machines are not given back here', async () => {
  const [machine] = machines;
  expect(await machine?.agent('reboot', 'unlock', 'beta')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/reboot-strategy is fleet-lock: .* etcd-lock alone/),
  });
});
