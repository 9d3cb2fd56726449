/** What a machine may ask for over HTTP, from its question to running. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type HttpPlace,
  installArguments,
  pathOf,
  send,
  startHttpPlace,
} from '../../support/provision/http-place.ts';
import { machinesOf, machinesText } from '../../support/provision/machines-file.ts';

const ASK = '/v1/ask.ipxe?mac=52-54-00-00-00-07&serial=7XK2QN3&vendor=Dell%20Inc.&model=PowerEdge%20R650';
const HOUR_MS = 3_600_000;

let place: HttpPlace;

beforeEach(async () => {
  place = await startHttpPlace();
});

afterEach(async () => {
  expect(place.errors).toEqual([]);
  await place.close();
});

const asked = async (path = ASK) => installArguments((await place.get(path)).text);
const report = (given: ReadonlyMap<string, string>, body: unknown, token = given.get('token') ?? '') =>
  place.get(pathOf(given.get('report')), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const stage = () => place.registry.all()[0]?.stage;
const codeOf = (text: string) => (JSON.parse(text) as { error: { code: string } }).error.code;

test('a machine installs itself once, and boots from its disk until it is told to again', async () => {
  const given = await asked();
  expect(Object.fromEntries(given)).toMatchObject({
    unattended: 'yes',
    disk: 'smallest-nvme',
    machine: '525400000007',
    mac: '52:54:00:00:00:07',
    image: 'http://10.0.10.1:8080/images/live/1.0.0/',
  });
  expect(stage()).toBe('asked');
  expect((await place.get('/images/live/1.0.0/live_1.0.0.initrd')).status).toBe(200);
  expect(stage()).toBe('loading');

  const config = await place.get(pathOf(given.get('config')));
  expect(config).toMatchObject({
    status: 200,
    text: expect.stringMatching(/^#cloud-config\n[\s\S]*hostname: one/),
  });
  expect(config.headers['cache-control']).toBe('no-store');
  expect((await report(given, { stage: 'installing', percent: 43 })).status).toBe(204);
  expect(place.registry.all()[0]).toMatchObject({ stage: 'installing', percent: 43 });
  expect((await report(given, { stage: 'installed', version: '1.0.0' })).status).toBe(204);
  expect(stage()).toBe('installed');

  // From now on its disk, whatever happens with it.
  const again = await place.get(ASK);
  expect(again.text).toMatch(/one is installed[\s\S]*sanboot/);
  expect(again.text).not.toContain('kernel');
  expect((await report(given, { stage: 'running', version: '1.0.1' })).status).toBe(204);
  expect(place.registry.all()[0]).toMatchObject({ stage: 'running', runningVersion: '1.0.1' });
  expect((await place.get(ASK)).text).toContain('sanboot');

  const told = await place.get('/reinstall', {
    port: place.statusPort,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"machine":"ONE"}',
  });
  expect(told.status).toBe(200);
  const second = await asked();
  expect(second.get('disk')).toBe('smallest-nvme');
  expect(second.get('token')).not.toBe(given.get('token'));
  // The tokens of the first installation open nothing any more.
  expect((await report(given, { stage: 'installing' })).status).toBe(403);
});

test('a configuration is given once: to one of two requests, and never with another token', async () => {
  const given = await asked();
  const path = pathOf(given.get('config'));
  expect((await place.get(path.replace(/token=.*/, `token=${given.get('token')}`))).status).toBe(403);
  expect((await place.get(path.replace(/token=.*/, `token=${'A'.repeat(43)}`))).status).toBe(403);
  expect((await place.get(path.replace(/\?.*/, ''))).status).toBe(403);
  expect((await place.get(path, { method: 'HEAD' })).status).toBe(405);
  const both = await Promise.all(Array.from({ length: 10 }, () => place.get(path)));
  expect(both.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 410)]);
  expect(codeOf(both.find(({ status }) => status === 410)?.text ?? '')).toBe('token-used');
});

test('a token is for one machine, and for a time', async () => {
  const one = await asked();
  const two = await asked('/v1/ask.ipxe?mac=b4-45-06-00-00-08');
  const config = (given: ReadonlyMap<string, string>, token: string | undefined) =>
    place.get(`/v1/machines/${given.get('machine')}/config`, {
      headers: { authorization: `Bearer ${token}` },
    });
  const tokenIn = (given: ReadonlyMap<string, string>) => /token=(.*)/.exec(given.get('config') ?? '')?.[1];
  expect((await config(one, tokenIn(two))).status).toBe(403);
  expect((await report(one, { stage: 'installing' }, two.get('token'))).status).toBe(403);
  expect((await config({ get: () => 'ffffffffffff' } as never, tokenIn(one))).status).toBe(403);
  place.now += 2 * HOUR_MS + 1;
  expect(codeOf((await config(one, tokenIn(one))).text)).toBe('token-expired');
  expect((await report(one, { stage: 'loading' })).status).toBe(204);
  place.now += 30 * 24 * HOUR_MS;
  expect((await report(one, { stage: 'loading' })).status).toBe(410);
});

test('who asks anew makes older tokens void', async () => {
  const first = await asked();
  await asked();
  expect((await place.get(pathOf(first.get('config')))).status).toBe(403);
});

const refusedReports = [
  ['no JSON', '{', 400],
  ['a list', '[]', 422],
  ['a stage that is none', { stage: 'asked' }, 422],
  ['a key that is none', { stage: 'installing', rm: '-rf' }, 422],
  ['more than all', { stage: 'installing', percent: 101 }, 422],
  ['a version with spaces', { stage: 'installed', version: '1 && reboot' }, 422],
  ['running before it is installed', { stage: 'running' }, 409],
  ['a body beyond all measure', { stage: 'failed', message: 'x'.repeat(20_000) }, 413],
] as const;

test('reports that make no sense are refused', async () => {
  const given = await asked();
  for (const [what, body, status] of refusedReports)
    expect((await report(given, body)).status, what).toBe(status);
  expect(stage()).toBe('asked');
});

test('a failure is told, and the next question begins anew; after five somebody must look', async () => {
  const given = await asked();
  await report(given, { stage: 'failed', message: 'the disk\nhas gone <script>' });
  expect(place.registry.all()[0]).toMatchObject({ stage: 'asked', lastError: 'the disk has gone <script>' });
  const page = await send(place.statusPort, '/');
  expect(page.text).toContain('the disk has gone &lt;script&gt;');
  for (let attempt = 2; attempt <= 5; attempt++) expect((await asked()).size).toBeGreaterThan(0);
  expect((await place.get(ASK)).text).toMatch(/did not install itself in 5 attempts[\s\S]*sanboot/);
});

test('a machine without an entry, and one with two, boot from their disks', async () => {
  const none = await place.get('/v1/ask.ipxe?mac=52-54-00-00-00-09&vendor=x%26%26shell');
  expect(none.text).toMatch(
    /no entry of machines.yaml is for this machine: mac 52:54:00:00:00:09, x\?\?shell\n.*It starts from its disk/,
  );
  const two = await place.get('/v1/ask.ipxe?mac=b4-45-06-00-00-08&serial=7XK2QN3');
  expect(two.text).toContain('several entries of machines.yaml are for this machine: one, two');
  expect(place.notices).toHaveLength(2);
  expect(place.registry.all().map(({ stage: each }) => each)).toEqual(['seen', 'seen']);
});

test('what is wrong on the server is not told on the network', async () => {
  place.machines = machinesOf(machinesText.replace('    image: live', '    image: gone'));
  const { text } = await place.get(ASK);
  expect(text).toMatch(/one cannot be installed: the status page/);
  expect(text).not.toContain(place.folder);
  expect(place.registry.all()[0]?.lastError).toContain(join(place.folder, 'out/gone'));
});

test('a live system that asks by itself gets what it is, or nothing, and no attempt is counted for that', async () => {
  const live = ASK.replace('.ipxe', '');
  const answer = async (query: string) => JSON.parse((await place.get(`${live}${query}`)).text) as unknown;
  expect(await answer('&image=live&version=0.9.0')).toEqual({
    action: 'disk',
    installed: false,
    lines: ['one gets live 1.0.0, and was started with a live system of live 0.9.0'],
  });
  expect(place.registry.all()).toMatchObject([{ stage: 'seen', attempts: 0 }]);
  expect(await answer('&image=live&version=1.0.0')).toMatchObject({ action: 'install', version: '1.0.0' });
  // Who does not say what it runs is asked nothing.
  expect(await answer('')).toMatchObject({ action: 'install', name: 'one' });
  const given = await asked();
  await report(given, { stage: 'installed', version: '1.0.0' });
  expect(await answer('&image=live&version=0.9.0')).toEqual({
    action: 'disk',
    installed: true,
    lines: ['one is installed'],
  });
  for (const wrong of ['&image=live', '&version=1.0.0', '&image=a&image=b', '&image=..%2fa&version=1'])
    expect((await place.get(`${live}${wrong}`)).status, wrong).toBe(400);
});

test('one machine with two cards is one; a card in another machine is another', async () => {
  const uuid = '4c4c4544-0058-4b10-8032-b7c04f514e33';
  await place.get(`/v1/ask?mac=52-54-00-00-00-01&uuid=${uuid}`);
  await place.get(`/v1/ask?mac=52-54-00-00-00-02&uuid=${uuid}`);
  expect(place.registry.all()).toMatchObject([
    { id: '525400000001', macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'] },
  ]);
  await place.get('/v1/ask?mac=52-54-00-00-00-01&uuid=11111111-2222-4333-8444-555555555555');
  expect(
    place.registry
      .all()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['525400000001', '525400000001-11111111']);
});

test('files: of images that are named, of roles that boot, in parts too', async () => {
  const path = '/images/live/1.0.0/live_1.0.0.root';
  const whole = await readFile(join(place.folder, 'out/live/1.0.0/live_1.0.0.root'));
  expect((await place.get(path)).body.equals(whole)).toBe(true);
  const part = await place.get(path, { headers: { range: 'bytes=100-199' } });
  expect(part.status).toBe(206);
  expect(part.headers['content-range']).toBe(`bytes 100-199/${whole.length}`);
  expect(part.body.equals(whole.subarray(100, 200))).toBe(true);
  expect((await place.get(path, { headers: { range: 'bytes=-50' } })).body.equals(whole.subarray(-50))).toBe(
    true,
  );
  expect((await place.get(path, { headers: { range: 'bytes=9999999-' } })).status).toBe(416);
  const head = await place.get(path, { method: 'HEAD' });
  expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
    200,
    String(whole.length),
    0,
  ]);
  for (const other of ['live_1.0.0.lock', 'manifest.json', 'nothing'])
    expect((await place.get(`/images/live/1.0.0/${other}`)).status).toBe(404);
});

const refusedPaths = [
  ['/images/live/1.0.0/../../../secret', 400],
  ['/images/..%2f..%2fsecret/1.0.0/x', 400],
  ['/images/live/%2e%2e/secret', 400],
  ['/images/live/1.0.0/..', 400],
  ['//images/live', 400],
  ['/images/live\\..\\secret/1.0.0', 400],
  ['/images/other/1.0.0/live_1.0.0.root', 404],
  ['/images', 404],
  ['/images/live/1.0.0/', 404],
  ['/', 404],
  ['/status.json', 404],
  ['/reinstall', 404],
  ['/boot/passwd', 404],
  [`/${'a'.repeat(3000)}`, 414],
  ['/v1/ask.ipxe', 400],
  ['/v1/ask.ipxe?mac=1', 400],
  ['http://elsewhere/v1/ask', 400],
] as const;

test('every path but those of machines is refused', async () => {
  for (const [path, status] of refusedPaths) {
    const got = await place.get(path);
    expect(got.status, path).toBe(status);
    expect(codeOf(got.text)).toMatch(/^[a-z-]+$/);
    expect(got.text).not.toContain('secret');
  }
});

test('headers beyond all measure, and what is no HTTP, are refused', async () => {
  expect((await place.get('/boot.ipxe', { headers: { 'x-long': 'a'.repeat(10_000) } })).status).toBe(431);
  const answer = await new Promise<string>((done) => {
    const socket = connect(place.port, '127.0.0.1', () => socket.write('\x16\x03\x01 hello\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.once('close', () => done(text));
  });
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
});

test('the status page is for its own name, and tells changes as they come', async () => {
  const rebound = await send(place.statusPort, '/', { headers: { host: 'evil.example' } });
  expect(rebound.status).toBe(403);
  expect((await send(place.statusPort, '/status.json')).text).toBe('{"machines":[]}\n');
  const page = await send(place.statusPort, '/');
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
  const events = new Promise<string>((done) => {
    const socket = connect(place.statusPort, '127.0.0.1', () =>
      socket.write('GET /events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'),
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
      if (!text.includes('"text":"asked"')) return;
      socket.destroy();
      done(text);
    });
  });
  await new Promise((done) => setTimeout(done, 100));
  await asked();
  expect(await events).toContain('data: []');
});

test('a client that sends its headers one by one is not waited for', async () => {
  const startedAt = performance.now();
  const answer = await new Promise<string>((done) => {
    const socket = connect(place.port, '127.0.0.1', () => socket.write('GET /boot.ipxe HTTP/1.1\r\n'));
    const drip = setInterval(() => socket.write('x: y\r\n'), 500);
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearInterval(drip);
      done(text);
    });
  });
  expect(answer).toMatch(/^HTTP\/1.1 408 /);
  expect(performance.now() - startedAt).toBeLessThan(40_000);
});
