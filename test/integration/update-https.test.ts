/** The update client over https, with the image's own curl and authorities, and one that the owner of a machine adds. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readUserData } from '../../src/cloud-config/read.ts';
import type { Toolbox } from '../../src/tools/toolbox.ts';
import { projectHome } from '../support/builder.ts';
import { imageTools } from '../support/image-tools.ts';
import { ranged } from '../support/ranges.ts';
import { type RudeAnswer, type RudeServer, rude, startRudeServer } from '../support/rude-server.ts';
import { type ServerCertificate, TestAuthority } from '../support/server-certificate.ts';
import { sha256, TestRepository } from '../support/tuf-repository.ts';
import { UpdateProbe } from '../support/update-probe.ts';

const ROOT = Buffer.alloc(100_000, 7);
const ROOT_PATH = 'qemu/2/root.zst';
const ON_SERVER = `/targets/qemu/2/${sha256(ROOT)}.root.zst`;
const TIMESTAMP = '/metadata/timestamp.json';
const HERE = '127.0.0.1';
const download = `download:${ROOT_PATH}`;

const repository = new TestRepository();
repository.publish({ version: 1, files: { [ROOT_PATH]: ROOT } });

const ours = new TestAuthority('Authority of a test');
const strangers = new TestAuthority('Somebody else');
const good = ours.issue({ names: [HERE] });

let folder: string;
let tools: Toolbox;
/** What lies in /etc/ssl of a machine that was told of our authority. */
let told: string;
let probe: UpdateProbe;
let server: RudeServer | undefined;

/** The configuration in the documentation: what it writes, and what it runs. */
async function documented() {
  const text = await readFile(join(projectHome, 'docs/updates/client-trust.md'), 'utf8');
  const example = /```yaml\n(#cloud-config\n[^`]*)```/.exec(text)?.[1] ?? '';
  expect(readUserData(example, { file: 'example' })).toMatchObject({ kind: 'cloud-config', warnings: [] });
  const { write_files: files, coreos } = parse(example);
  const command: string = /^ExecStart=(.*)$/m.exec(coreos.units[0].content)?.[1] ?? '';
  return { path: files[0].path as string, command: command.split(' ') as [string, ...string[]] };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-https-'));
  tools = await imageTools(process.env.BASALT_TEST_IMAGE ?? '', folder);
  const { path, command } = await documented();
  told = join(folder, 'ssl');
  await cp(join(tools.root, 'etc/ssl'), told, { recursive: true, verbatimSymlinks: true });
  const file = join(folder, path.replace('/usr/local', 'local'));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, ours.certificate);
  await tools.run(command, {
    binds: [
      { source: told, target: '/etc/ssl', writable: true },
      { source: join(folder, 'local'), target: '/var/usrlocal' },
    ],
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  probe = await UpdateProbe.make(tools, process.env.BASALT_TEST_IMAGE ?? '', repository.root);
  trust(true);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await probe.remove();
});

function trust(isOurs: boolean): void {
  probe.binds.splice(0, 1, { source: isOurs ? told : join(tools.root, 'etc/ssl'), target: '/etc/ssl' });
}

async function serve(tls: ServerCertificate, others: Record<string, RudeAnswer> = {}): Promise<string> {
  await server?.close();
  const paths = [...repository.files].map(([path, body]) => [path, rude.body(body)] as const);
  const all = { ...Object.fromEntries(paths), [ON_SERVER]: ranged(ROOT), ...others };
  server = await startRudeServer(all, 0, tls);
  return server.address;
}

/** The refusal leaves nothing, and the next try on a good server works. */
async function expectRefusal(
  address: string,
  words: RegExp,
  { passing = true, asked = [] as readonly string[] } = {},
): Promise<void> {
  const refused = await probe.ask(address, download);
  expect(refused.failed).toMatch(words);
  expect(refused).toMatchObject({ passing, left: [], downloads: {} });
  expect(refused.versions).toBeUndefined();
  expect(server?.requests ?? []).toEqual(asked);
  trust(true);
  const next = await probe.ask(await serve(good), download);
  expect(next.failed).toBeUndefined();
  expect(next.downloads).toEqual({ got: ROOT.length });
}

test('an authority that the machine was told of as documented is trusted, beside those of the image', async () => {
  const { failed, versions, downloads } = await probe.ask(await serve(good), download);
  expect(failed).toBeUndefined();
  expect(versions).toMatchObject({ timestamp: 1 });
  expect(downloads).toEqual({ got: ROOT.length });
  const count = async (ssl: string) =>
    (await readFile(join(ssl, 'certs/ca-certificates.crt'), 'utf8')).split('BEGIN CERT').length - 1;
  expect(await count(told)).toBe((await count(join(tools.root, 'etc/ssl'))) + 1);
});

test('one that it was not told of is not', async () => {
  trust(false);
  await expectRefusal(
    await serve(good),
    /2\.root\.json: the certificate of 127\.0\.0\.1 is not trusted \(it is of an authority that this machine does not know\): .* \(gave up after 3 attempts/,
  );
});

test.each([
  [
    'of another authority with trust in ours',
    strangers.issue({ names: [HERE] }),
    / is not trusted \(it is of an authority that this machine does not know\): /,
  ],
  [
    'for another name',
    ours.issue({ names: ['updates.example.com', '127.0.0.2'] }),
    / is not trusted: SSL: no alternative certificate subject name matches target (?:host name|ipv4 address) '127\.0\.0\.1'/,
  ],
  [
    'that has expired',
    ours.issue({ names: [HERE], fromDay: -9, toDay: -1 }),
    / is not trusted \(is the machine's clock right\?\): .*certificate has expired/,
  ],
  [
    'that is not valid yet',
    ours.issue({ names: [HERE], fromDay: 1, toDay: 9 }),
    / is not trusted \(is the machine's clock right\?\): .*certificate is not yet valid/,
  ],
])('a certificate %s is refused, and the server is asked for nothing', async (_, certificate, words) => {
  await expectRefusal(await serve(certificate), words);
});

test('a certificate that changes to a bad one in the middle ends the download; what came is gone on with', async () => {
  const cut = { 0: 30_000, 1: 0, 2: 0, 3: 0 };
  const first = await probe.ask(await serve(good, { [ON_SERVER]: ranged(ROOT, { cut }) }), download);
  expect(first.failed).toContain('root.zst: ');
  const bad = await probe.ask(await serve(strangers.issue({ names: [HERE] })), download);
  expect(bad.failed).toMatch(/2\.root\.json: the certificate of 127\.0\.0\.1 is not trusted/);
  expect(bad.downloads).toEqual(first.downloads);
  const seen: number[] = [];
  const last = await probe.ask(await serve(good, { [ON_SERVER]: ranged(ROOT, {}, seen) }), download);
  expect(seen).toEqual([30_000]);
  expect(last.downloads).toEqual({ got: ROOT.length });
});

test('a redirect from https to http is not followed', async () => {
  const plain = await startRudeServer({
    [TIMESTAMP]: rude.body(repository.files.get(TIMESTAMP) ?? ''),
    [ON_SERVER]: ranged(ROOT),
  });
  try {
    const redirect = rude.redirect(`${plain.address}${TIMESTAMP}?token=secret`);
    const refused = await probe.ask(await serve(good, { [ON_SERVER]: redirect }), download);
    expect(refused.failed).toMatch(
      /root\.zst: the server answers 302, a redirect to http:\/\/127\.0\.0\.1:\d+\/.*, which is not followed/,
    );
    expect(refused.failed).not.toContain('secret');
    expect(refused).toMatchObject({ left: [], downloads: {} });
    await expectRefusal(
      await serve(good, { [TIMESTAMP]: redirect }),
      /timestamp\.json: the server answers 302, a redirect to http:\/\//,
      { passing: false, asked: ['/metadata/2.root.json', TIMESTAMP] },
    );
    expect(plain.requests).toEqual([]);
  } finally {
    await plain.close();
  }
});

test('a server that speaks no TLS where https was asked for', async () => {
  const plain = await startRudeServer({});
  try {
    await expectRefusal(plain.address.replace('http:', 'https:'), /2\.root\.json: .*(?:TLS|SSL)/, {});
    expect(plain.requests).toEqual([]);
  } finally {
    await plain.close();
  }
});
