import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { fetchText } from '../../../src/cli/fetch-text.ts';
import { logName } from '../../../src/cli/install-port.ts';
import { rude, startRudeServer } from '../../support/rude-server.ts';
import { TestAuthority } from '../../support/server-certificate.ts';

let server: Server;
let address: string;
const asked: string[] = [];

beforeAll(async () => {
  server = createServer(({ url }, response) => {
    asked.push(url ?? '');
    if (url === '/moved') response.writeHead(302, { location: '/keys' }).end();
    else if (url === '/circle') response.writeHead(302, { location: '/circle' }).end();
    else if (url === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else if (url === '/nowhere') response.writeHead(302, { location: 'http://[' }).end();
    else if (url === '/keys') response.end('ssh-ed25519 AAAA ä\n');
    else if (url === '/large') response.end(Buffer.alloc(2 * 1024 * 1024, 'x'));
    else if (url === '/bytes') response.end(Buffer.from([0xff, 0xfe, 0x00]));
    else if (url !== '/hangs') response.writeHead(404).end('no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const never = new AbortController().signal;

test('a text, also one that has moved', async () => {
  expect(await fetchText(`${address}/keys`, never)).toBe('ssh-ed25519 AAAA ä\n');
  expect(await fetchText(`${address}/moved`, never)).toBe('ssh-ed25519 AAAA ä\n');
});

test.each([
  ['/nothing', 'the server answered 404 Not Found'],
  ['/large', 'it has more than 1 MiB'],
  ['/bytes', 'it is not UTF-8 text'],
  ['/circle', 'more than 5 redirects'],
  ['/file', 'it redirects to file://, which is not https'],
  ['/nowhere', 'it redirects to what is no address'],
])('%s: %s', async (path, seen) => {
  await expect(fetchText(address + path, never)).rejects.toMatchObject({ code: 'fetch-failed', seen });
});

test('a redirect from https to http is refused, and the other server asked for nothing; one to https is followed', async () => {
  const secure = await startRudeServer(
    {
      '/down': rude.redirect(`${address}/keys?token=secret`),
      '/same': rude.redirect('/text'),
      '/text': rude.body('text'),
    },
    0,
    new TestAuthority('Authority of a test').issue({ names: ['127.0.0.1'] }),
  );
  // This process does not know the authority; what is tested is not the certificate.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  try {
    const before = asked.length;
    await expect(fetchText(`${secure.address}/down`, never)).rejects.toMatchObject({
      code: 'fetch-failed',
      seen: `it redirects to ${address}, which is not https`,
    });
    expect(asked.length).toBe(before);
    expect(await fetchText(`${secure.address}/same`, never)).toBe('text');
  } finally {
    vi.unstubAllEnvs();
    await secure.close();
  }
});

test('a server that is not there is told by its reason', async () => {
  await expect(fetchText('http://127.0.0.1:9/', never)).rejects.toMatchObject({
    code: 'fetch-failed',
    seen: expect.stringMatching(/ECONNREFUSED|bad port/),
  });
});

test('it can be given up', async () => {
  const giveUp = new AbortController();
  const fetching = fetchText(`${address}/hangs`, giveUp.signal);
  setTimeout(() => giveUp.abort(), 50);
  await expect(fetching).rejects.toThrow();
});

test('the log has a name that every file system takes', () => {
  expect(logName('7XK2QN3')).toBe('basalt-install-7XK2QN3.log');
  expect(logName('../../etc/passwd')).toBe('basalt-install-etcpasswd.log');
  expect(logName(undefined)).toBe('basalt-install.log');
});
