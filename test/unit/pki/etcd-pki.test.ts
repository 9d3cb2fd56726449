import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeEtcdPki, type PkiMember, type PkiOptions } from '../../../src/pki/etcd-pki.ts';

let folder: string;
const now = new Date();
const node1: PkiMember = { name: 'node1', alternatives: ['127.0.0.2', 'node1.example.com'] };
const node2: PkiMember = { name: 'node2', alternatives: ['fd00::12'] };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-pki-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const make = (members: readonly PkiMember[], more: Partial<PkiOptions> = {}) =>
  makeEtcdPki({ folder, name: 'blue', members, authorityDays: 3650, days: 1095, renew: false, now, ...more });
const read = (path: string) => readFile(join(folder, path), 'utf8');
const certificate = async (path: string) => new X509Certificate(await read(path));

/** Everything in the folder, by path. */
async function snapshot(): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true });
  const files: Record<string, string> = {};
  for (const name of names.sort()) if (/\.(crt|key)$/.test(name)) files[name] = await read(name);
  return files;
}

/** A TLS connection in which both sides show certificates, as etcd's do. */
async function handshake(server: string, client: string, ca: string, host: string): Promise<string> {
  const listener = createServer({
    ca: await read(`node1/${ca}.crt`),
    cert: await read(`${server}.crt`),
    key: await read(`${server}.key`),
    requestCert: true,
    rejectUnauthorized: true,
  });
  listener.on('secureConnection', (socket) => socket.end('hello'));
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const { port } = listener.address() as AddressInfo;
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: await read(`node1/${ca}.crt`),
      cert: await read(`${client}.crt`),
      key: await read(`${client}.key`),
      ...(/^[\d.]+$/.test(host) ? {} : { servername: host }),
    });
    let said = '';
    socket.on('data', (bytes) => {
      said += String(bytes);
    });
    await once(socket, 'close');
    return said;
  } catch (error) {
    return String(error);
  } finally {
    listener.close();
  }
}

test('members and clients talk over TLS with what was made', async () => {
  await make([node1, node2]);
  expect(await handshake('node1/server', 'client/client', 'ca', '127.0.0.1')).toBe('hello');
  expect(await handshake('node1/server', 'client/client', 'ca', 'node1.example.com')).toBe('hello');
  expect(await handshake('node1/peer', 'node2/peer', 'peer-ca', '127.0.0.1')).toBe('hello');
});

test("a client's certificate does not open a member's door", async () => {
  await make([node1]);
  expect(await handshake('node1/peer', 'client/client', 'peer-ca', '127.0.0.1')).not.toBe('hello');
});

test('certificates say what they are for, and until when', async () => {
  await make([node1, node2]);
  const [authority, server, client] = await Promise.all(
    ['ca/ca.crt', 'node2/server.crt', 'client/client.crt'].map(certificate),
  );
  expect(authority?.ca).toBe(true);
  expect(server?.ca).toBe(false);
  expect(server?.checkIssued(authority as X509Certificate)).toBe(true);
  expect(server?.verify((authority as X509Certificate).publicKey)).toBe(true);
  expect(server?.checkIP('fd00::12')).toBe('fd00::12');
  expect(server?.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(server?.checkHost('node2')).toBe('node2');
  expect(server?.checkIP('10.0.0.99')).toBeUndefined();
  expect(server?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  expect(client?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  const days = (new Date(server?.validTo ?? 0).getTime() - now.getTime()) / 86_400_000;
  expect(Math.round(days)).toBe(1095);
});

test('after 2049 the time has four digits of the year', async () => {
  await make([node1], { authorityDays: 36_500, days: 36_500 });
  expect(new Date((await certificate('node1/peer.crt')).validTo).getUTCFullYear()).toBeGreaterThan(2100);
});

test('keys are only for their owner, and the authorities lie apart', async () => {
  await make([node1]);
  const names = await readdir(folder, { recursive: true });
  const keys = names.filter((name) => name.endsWith('.key'));
  expect(keys.sort()).toEqual([
    'ca/ca.key',
    'ca/peer-ca.key',
    'client/client.key',
    'node1/peer.key',
    'node1/server.key',
  ]);
  for (const key of keys) expect((await stat(join(folder, key))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, 'ca'))).mode & 0o777).toBe(0o700);
});

test('again: adds a member, and changes nothing else', async () => {
  await make([node1]);
  const before = await snapshot();
  const issued = await make([node1, node2]);
  const after = await snapshot();
  for (const [name, text] of Object.entries(before)) expect(after[name], name).toBe(text);
  expect(issued.filter(({ state }) => state === 'made').map(({ file }) => file.slice(folder.length))).toEqual(
    ['/node2/server.crt', '/node2/peer.crt'],
  );
});

test('renewing keeps keys and authorities', async () => {
  await make([node1]);
  const before = await snapshot();
  await make([{ ...node1, alternatives: ['10.9.9.9'] }], { renew: true, days: 10 });
  const after = await snapshot();
  for (const [name, text] of Object.entries(before)) {
    if (name.endsWith('.key') || name.includes('ca.crt')) expect(after[name], name).toBe(text);
    else expect(after[name], name).not.toBe(text);
  }
  expect((await certificate('node1/server.crt')).checkIP('10.9.9.9')).toBe('10.9.9.9');
});

test.each([
  ['another cluster', () => make([node1], { name: 'green' }), 'pki-other-cluster'],
  ['other addresses', () => make([{ ...node1, alternatives: ['10.9.9.9'] }]), 'pki-other-addresses'],
  [
    'a key of something else',
    async () => {
      await writeFile(join(folder, 'ca/ca.key'), await read('client/client.key'));
      return make([node1]);
    },
    'pki-key-mismatch',
  ],
  [
    'a broken key',
    async () => {
      await writeFile(join(folder, 'node1/peer.key'), 'nonsense');
      return make([node1]);
    },
    'key-invalid',
  ],
])('refuses %s, and overwrites nothing', async (_, run, code) => {
  await make([node1]);
  const before = await snapshot();
  await expect(run()).rejects.toMatchObject({ code });
  const after = await snapshot();
  expect(after['node1/server.crt']).toBe(before['node1/server.crt']);
  expect(after['client/client.crt']).toBe(before['client/client.crt']);
});
