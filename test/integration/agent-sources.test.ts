/** The agent's sources under the real QuickJS, with the real curl and gzip, against servers that misbehave. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  type MetadataFaults,
  type MetadataService,
  startMetadataService,
} from '../support/metadata-service.ts';
import { type RudeAnswer, type RudeServer, rude, startRudeServer } from '../support/rude-server.ts';
import { TestAuthority } from '../support/server-certificate.ts';
import { type ProbeResult, SourceProbe } from '../support/source-probe.ts';
import { testToolbox } from '../support/toolbox.ts';

const CONFIG = '#cloud-config\nhostname: "grün-€-𝄞"\n';
const MIB = 1024 * 1024;

let probe: SourceProbe;
let server: RudeServer | undefined;
let service: MetadataService | undefined;

beforeAll(async () => {
  probe = await SourceProbe.make(await testToolbox());
});
afterEach(async () => {
  await Promise.all([server?.close(), service?.close()]);
  server = undefined;
  service = undefined;
});
afterAll(() => probe.remove());

/** Asks for /config with the kernel argument. */
async function fetchFrom(
  answer: RudeAnswer,
  {
    limitMs = 20_000,
    extra = '',
    others = {},
  }: { limitMs?: number; extra?: string; others?: Record<string, RudeAnswer> } = {},
): Promise<ProbeResult> {
  server = await startRudeServer({ '/config': answer, ...others });
  const line = `ro basalt.config.url=${server.address}/config ${extra}\n`;
  return probe.ask({ files: { '/proc/cmdline': line }, limitMs });
}

test('what the server gives arrives, whatever its content type, and no file is left', async () => {
  const { found, failed, logged, left } = await fetchFrom(rude.body(CONFIG));
  expect(found).toMatchObject({ source: 'kernel-command-line', userData: CONFIG });
  expect(failed).toEqual([]);
  expect(logged).toContain('without encryption');
  expect(left).toEqual([]);
});

test('a machine with no source has nothing, at once', async () => {
  const { found, failed, tookMs, logged } = await probe.ask({ files: { '/proc/cmdline': 'ro quiet\n' } });
  expect({ found, failed, logged }).toEqual({ found: undefined, failed: [], logged: '' });
  expect(tookMs).toBeLessThan(50);
});

test('gzip is unpacked', async () => {
  const { found, left } = await fetchFrom(rude.body(gzipSync(CONFIG)));
  expect(found?.userData).toBe(CONFIG);
  expect(left).toEqual([]);
});

test('a file that unpacks to gigabytes is refused early', async () => {
  const { found, failed, tookMs, left } = await fetchFrom(rude.body(gzipSync(Buffer.alloc(256 * MIB))));
  expect(found).toBeUndefined();
  expect(failed[0]).toMatch(/unpacked it has more than 1 MiB/);
  expect(tookMs).toBeLessThan(5000);
  expect(left).toEqual([]);
});

test('damaged gzip is refused', async () => {
  const damaged = gzipSync(CONFIG.repeat(100));
  damaged.fill(0xaa, 30, 60);
  const { failed } = await fetchFrom(rude.body(damaged));
  expect(failed[0]).toMatch(/packed by gzip and cannot be unpacked: .*gzip/);
});

test('a full megabyte arrives, a byte more does not', async () => {
  const full = await fetchFrom(rude.body('#'.repeat(MIB)));
  expect(full.found?.userData).toHaveLength(MIB);
  await server?.close();
  const more = await fetchFrom(rude.body('#'.repeat(MIB + 1)));
  expect(more.failed[0]).toContain('the answer is larger than 1024 KiB');
  expect(server?.requests).toEqual(['/config']);
});

test('an answer without end is cut off', async () => {
  const { failed, tookMs, left } = await fetchFrom(rude.endless());
  expect(failed[0]).toContain('the answer is larger than 1024 KiB');
  expect(tookMs).toBeLessThan(5000);
  expect(left).toEqual([]);
});

test('404 is final', async () => {
  const { failed, tookMs } = await fetchFrom(rude.body('no', 404));
  expect(failed).toEqual([
    `kernel-command-line: cannot read ${server?.address}/config: the server answers 404 (there is nothing at this address)`,
  ]);
  expect(tookMs).toBeLessThan(3000);
});

test('500 twice, then 200', async () => {
  const { found, logged } = await fetchFrom(rude.after(2, 500, rude.body(CONFIG)));
  expect(found?.userData).toBe(CONFIG);
  expect(server?.requests).toHaveLength(3);
  expect(logged).toContain('the server answers 500; trying again');
});

test('an answer that is cut off is asked for again', async () => {
  const cutOnce: RudeAnswer = (response, nth, request) =>
    (nth === 0 ? rude.cut(CONFIG.slice(0, 9)) : rude.body(CONFIG))(response, nth, request);
  const { found } = await fetchFrom(cutOnce);
  expect(found?.userData).toBe(CONFIG);
});

test.each([
  ['that is silent', rude.silent()],
  ['that trickles', rude.trickle()],
  ['that is never ready', rude.body('', 503)],
])('a server %s is given up in time', async (_, answer) => {
  const { found, failed, tookMs } = await fetchFrom(answer, { limitMs: 4000 });
  expect(found).toBeUndefined();
  expect(failed[0]).toMatch(/gave up after .* in \d+ s/);
  expect(tookMs).toBeLessThan(8000);
});

test('redirects are followed, in circles only so far', async () => {
  const { found } = await fetchFrom(rude.redirect('/moved'), { others: { '/moved': rude.body(CONFIG) } });
  expect(found?.userData).toBe(CONFIG);
  await server?.close();
  const { failed } = await fetchFrom(rude.redirect('/config'));
  expect(failed[0]).toContain('more than 5 redirects');
  expect(server?.requests).toHaveLength(6);
});

test('a redirect does not lead to the files of the machine', async () => {
  const { found, failed } = await fetchFrom(rude.redirect('file:///etc/passwd'));
  expect(found).toBeUndefined();
  expect(failed[0]).toContain('redirects to an address that is neither http nor https');
});

test('a redirect from https to http is not followed; one to https is', async () => {
  const authority = new TestAuthority('Authority of a test');
  const plain = await startRudeServer({ '/config': rude.body(CONFIG) });
  server = await startRudeServer(
    {
      '/down': rude.redirect(`${plain.address}/config`),
      '/same': rude.redirect('/up'),
      '/up': rude.body(CONFIG),
    },
    0,
    authority.issue({ names: ['127.0.0.1'] }),
  );
  const ask = (path: string) =>
    probe.ask({
      files: {
        '/proc/cmdline': `basalt.config.url=${server?.address}${path}`,
        '/authority.pem': authority.certificate,
      },
      env: { CURL_CA_BUNDLE: '/machine/authority.pem' },
    });
  try {
    const { found, failed, left } = await ask('/down');
    expect(found).toBeUndefined();
    expect(failed[0]).toContain('it redirects to an address that is not https');
    expect(left).toEqual([]);
    expect(plain.requests).toEqual([]);
    expect((await ask('/same')).found?.userData).toBe(CONFIG);
  } finally {
    await plain.close();
  }
});

test('a server that comes up late is waited for', async () => {
  const first = await startRudeServer({});
  const port = Number(new URL(first.address).port);
  await first.close();
  const asking = probe.ask({
    files: { '/proc/cmdline': `basalt.config.url=http://127.0.0.1:${port}/config` },
  });
  await pause(2000);
  server = await startRudeServer({ '/config': rude.body(CONFIG) }, port);
  const { found, logged, tookMs } = await asking;
  expect(found?.userData).toBe(CONFIG);
  expect(logged).toMatch(/no connection to 127\.0\.0\.1: .*; trying again/);
  expect(tookMs).toBeGreaterThan(1000);
});

test('the pin decides', async () => {
  const digest = createHash('sha256').update(CONFIG).digest('hex');
  const good = await fetchFrom(rude.body(CONFIG), { extra: `basalt.config.sha256=${digest}` });
  expect(good.found?.userData).toBe(CONFIG);
  expect(good.logged).not.toContain('without encryption');
  await server?.close();
  const bad = await fetchFrom(rude.body(`${CONFIG} `), { extra: `basalt.config.sha256=${digest}` });
  expect(bad.failed[0]).toContain(`asks for ${digest}`);
});

test('user and password reach the server, and nobody else', async () => {
  let authorization = '';
  server = await startRudeServer({
    '/config': (response, _, request) => {
      authorization = request.headers.authorization ?? '';
      response.writeHead(503).end();
    },
  });
  const address = server.address.replace('//', '//me:hunter2@');
  const { failed, logged } = await probe.ask({
    files: { '/proc/cmdline': `basalt.config.url=${address}/config` },
    limitMs: 1500,
  });
  expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe('me:hunter2');
  expect(`${failed}${logged}`).not.toContain('hunter2');
});

const INSTANCE = {
  'user-data': gzipSync(CONFIG),
  'meta-data/hostname': 'ip-10-0-0-5.ec2.internal',
  'meta-data/local-ipv4': '10.0.0.5',
  'meta-data/public-keys/': '0=mine',
  'meta-data/public-keys/0/openssh-key': 'ssh-ed25519 AAAA mine\n',
};

async function askEc2(faults: MetadataFaults = {}, limitMs = 20_000): Promise<ProbeResult> {
  service = await startMetadataService(INSTANCE, faults);
  return probe.ask({
    files: { '/sys/class/dmi/id/sys_vendor': 'Amazon EC2\n' },
    limitMs,
    metadataAddresses: [`http://127.0.0.1:${service.port}`],
    // A proxy must not see these requests.
    env: { http_proxy: 'http://127.0.0.1:9', all_proxy: 'http://127.0.0.1:9' },
  });
}

test('EC2: a token first, then user data and metadata with it', async () => {
  const { found, failed, left } = await askEc2();
  expect(failed).toEqual([]);
  expect(found).toMatchObject({
    source: 'ec2',
    userData: CONFIG,
    metadata: {
      hostname: 'ip-10-0-0-5.ec2.internal',
      sshAuthorizedKeys: ['ssh-ed25519 AAAA mine'],
      addresses: { private_ipv4: '10.0.0.5' },
    },
  });
  expect(service?.requests[0]).toBe('PUT /latest/api/token 200');
  expect(service?.requests.filter((line) => line.endsWith(' 401'))).toEqual([]);
  expect(left).toEqual([]);
});

test('EC2: a service of version 1 is refused and never asked for data', async () => {
  const { found, failed } = await askEc2({ versionOne: true });
  expect(found).toBeUndefined();
  expect(failed[0]).toContain('does not speak IMDSv2');
  expect(service?.requests).toEqual(['PUT /latest/api/token 405']);
});

test('EC2: a service that refuses its own tokens is given up in time', async () => {
  const { failed, tookMs } = await askEc2({ wrongToken: true }, 4000);
  expect(failed[0]).toMatch(/user-data: the server answers 401 .*gave up/);
  expect(tookMs).toBeLessThan(8000);
});

test('EC2: a service that is not ready is waited for, one that is off is passed over', async () => {
  expect((await askEc2({ unreadyRequests: 3 })).found?.userData).toBe(CONFIG);
  await service?.close();
  const off = await askEc2({ off: true });
  expect(off).toMatchObject({ failed: [] });
  expect(off.found).toBeUndefined();
  expect(off.logged).toContain('switched off');
});

/** Asks a machine of a cloud whose metadata service is a server of this test. */
async function askCloud(
  dmi: Readonly<Record<string, string>>,
  answers: Readonly<Record<string, RudeAnswer>>,
): Promise<ProbeResult> {
  server = await startRudeServer(answers);
  return probe.ask({
    files: Object.fromEntries(
      Object.entries(dmi).map(([name, text]) => [`/sys/class/dmi/id/${name}`, `${text}\n`]),
    ),
    metadataAddresses: [server.address],
    env: { http_proxy: 'http://127.0.0.1:9', all_proxy: 'http://127.0.0.1:9' },
  });
}

/** An answer for those alone who send a header. */
const withHeader =
  (name: string, value: string, answer: RudeAnswer): RudeAnswer =>
  (response, nth, request) =>
    (request.headers[name] === value ? answer : rude.body('', 403))(response, nth, request);

test('Google: attributes with the header, one that is not ready at first, gzip in base64', async () => {
  const v1 = '/computeMetadata/v1';
  const google = (answer: RudeAnswer) => withHeader('metadata-flavor', 'Google', answer);
  const { found, failed, logged, left } = await askCloud(
    { product_name: 'Google Compute Engine' },
    {
      [`${v1}/instance/attributes/user-data`]: google(
        rude.after(2, 503, rude.body(gzipSync(CONFIG).toString('base64'))),
      ),
      [`${v1}/instance/attributes/user-data-encoding`]: google(rude.body('base64')),
      [`${v1}/instance/attributes/ssh-keys`]: google(rude.body('me:ssh-ed25519 AAAA me@desk')),
      [`${v1}/instance/hostname`]: google(rude.body('node1.c.project.internal')),
      [`${v1}/instance/network-interfaces/0/ip`]: google(rude.body('10.156.0.5')),
    },
  );
  expect(failed).toEqual([]);
  expect(found).toMatchObject({
    source: 'gce',
    userData: CONFIG,
    metadata: {
      hostname: 'node1.c.project.internal',
      sshAuthorizedKeys: ['ssh-ed25519 AAAA me@desk'],
      addresses: { private_ipv4: '10.156.0.5' },
    },
  });
  expect(logged).toContain('the server answers 503');
  expect(left).toEqual([]);
});

test('Azure: one document with the header; a service that is being updated is waited for', async () => {
  const ask = (document: unknown) =>
    askCloud(
      { chassis_asset_tag: '7783-7084-3265-9085-8269-3286-77' },
      {
        '/metadata/instance?api-version=2021-02-01&format=json': withHeader(
          'metadata',
          'true',
          rude.after(1, 410, rude.body(JSON.stringify(document))),
        ),
      },
    );
  const { found, failed, logged, left } = await ask({
    compute: {
      name: 'node1',
      publicKeys: [{ keyData: 'ssh-ed25519 AAAA me@desk' }],
      userData: gzipSync(CONFIG).toString('base64'),
    },
    network: { interface: [{ ipv4: { ipAddress: [{ privateIpAddress: '10.0.0.4' }] } }] },
  });
  expect(failed).toEqual([]);
  expect(found).toMatchObject({
    source: 'azure',
    userData: CONFIG,
    metadata: {
      hostname: 'node1',
      sshAuthorizedKeys: ['ssh-ed25519 AAAA me@desk'],
      addresses: { private_ipv4: '10.0.0.4' },
    },
  });
  expect(logged).toContain('410');
  expect(left).toEqual([]);
  await server?.close();
  expect((await ask({ compute: { userData: '*' } })).failed).toEqual([
    'azure: cannot read the instance metadata service: compute/userData is not base64',
  ]);
});

test('NoCloud by the SMBIOS serial number, with hostile meta-data refused', async () => {
  server = await startRudeServer({
    '/seed/user-data': rude.body(CONFIG),
    '/seed/meta-data': rude.body('local-hostname: node1\npublic-keys: {a: ssh-rsa A}\n'),
    '/deep/user-data': rude.body(CONFIG),
    '/deep/meta-data': rude.body('['.repeat(100_000)),
  });
  const ask = (folder: string) =>
    probe.ask({
      files: { '/sys/class/dmi/id/product_serial': `ds=nocloud;s=${server?.address}/${folder}/\n` },
    });
  expect(await ask('seed')).toMatchObject({
    found: {
      source: 'nocloud',
      userData: CONFIG,
      metadata: { hostname: 'node1', sshAuthorizedKeys: ['ssh-rsa A'] },
    },
    failed: [],
  });
  const { found, failed } = await ask('deep');
  expect(found).toBeUndefined();
  expect(failed[0]).toContain('nocloud: cannot read');
});

test('the file of the image, one that is too large, a folder in its place', async () => {
  const path = '/usr/share/basalt/cloud-config.yaml';
  expect((await probe.ask({ files: { [path]: CONFIG } })).found).toMatchObject({
    source: 'image',
    userData: CONFIG,
  });
  const large = await probe.ask({ files: { [path]: 'x'.repeat(MIB + 1) } });
  expect(large.failed[0]).toContain('larger than 1024 KiB');
  const folder = await probe.ask({ files: { [`${path}/x`]: '' } });
  expect(folder.failed[0]).toContain('is not a file (directory)');
});
