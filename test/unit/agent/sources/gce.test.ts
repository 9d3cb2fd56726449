import { expect, test } from 'vitest';
import { gce, gceAt } from '../../../../src/agent/sources/gce.ts';
import { googleKeysIn } from '../../../../src/agent/sources/gce-keys.ts';
import { type FakeAnswer, type FakeRequest, fakeCurl } from '../../../support/fake-curl.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const BASE = 'http://169.254.169.254/computeMetadata/v1/';
const DATA: Record<string, string> = {
  'instance/attributes/user-data': '#cloud-config\n',
  'instance/attributes/ssh-keys': 'me:ssh-ed25519 A me@desk',
  'instance/hostname': 'node1.europe-west3-a.c.project.internal',
  'instance/network-interfaces/0/ip': '10.156.0.5',
  'instance/network-interfaces/0/access-configs/0/external-ip': '203.0.113.5',
  'project/attributes/ssh-keys': 'you:ssh-rsa B you@desk\n',
};

/** A server that refuses whoever does not send the header. */
const server =
  (data = DATA, base = BASE) =>
  ({ url, headers }: FakeRequest): FakeAnswer => {
    if (!url.startsWith(base)) return { exitCode: 7 };
    if (headers['Metadata-Flavor'] !== 'Google') return { status: 403 };
    const body = data[url.slice(base.length)];
    return body === undefined ? { status: 404 } : { status: 200, body };
  };

const machine = (answer: (request: FakeRequest, nth: number) => FakeAnswer) =>
  new FakeHost({
    files: { '/sys/class/dmi/id/product_name': 'Google Compute Engine\n' },
    programs: { curl: fakeCurl(answer) },
  });

const keysWith = (more: Record<string, string>) =>
  gce.read(machine(server({ ...DATA, ...more })), 120_000)?.metadata.sshAuthorizedKeys;

test('SMBIOS tells, and nothing is asked elsewhere', () => {
  expect(gce.isHere(machine(server()))).toBe(true);
  const other = new FakeHost({ files: { '/sys/class/dmi/id/product_name': 'Standard PC\n' } });
  expect(gce.isHere(other)).toBe(false);
  expect(other.commands).toEqual([]);
});

test('it gives user data, hostname, keys and addresses', () => {
  const host = machine(server());
  expect(gce.read(host, 120_000)).toEqual({
    source: 'gce',
    where: `${BASE}instance/attributes/user-data`,
    userData: '#cloud-config\n',
    metadata: {
      hostname: 'node1.europe-west3-a.c.project.internal',
      sshAuthorizedKeys: ['ssh-ed25519 A me@desk', 'ssh-rsa B you@desk'],
      addresses: { private_ipv4: '10.156.0.5', public_ipv4: '203.0.113.5' },
    },
  });
  for (const { command } of host.commands.filter(({ command: [name] }) => name === 'curl')) {
    expect(command).toContain('--noproxy');
    expect(command).not.toContain('--location');
  }
});

test('a server may be elsewhere', () => {
  const base = 'http://127.0.0.1:8080/computeMetadata/v1/';
  const found = gceAt('http://127.0.0.1:8080').read(machine(server(DATA, base)), 120_000);
  expect(found?.where).toBe(`${base}instance/attributes/user-data`);
});

test('an instance that has nothing is one that says nothing', () => {
  expect(gce.read(machine(server({})), 120_000)).toMatchObject({
    userData: undefined,
    metadata: { hostname: undefined, sshAuthorizedKeys: [], addresses: {} },
  });
});

test('base64 is decoded when the other attribute says so', () => {
  const packed = (encoding: string, data: string) =>
    machine(
      server({
        'instance/attributes/user-data': data,
        'instance/attributes/user-data-encoding': encoding,
      }),
    );
  expect(gce.read(packed('base64', 'I2Nsb3VkLWNvbmZpZwo='), 120_000)?.userData).toBe('#cloud-config\n');
  expect(() => gce.read(packed('base64', '*'), 120_000)).toThrow('not base64');
  expect(() => gce.read(packed('rot13', 'x'), 120_000)).toThrow('base64 is supported');
});

test('keys of the project may be blocked, and OS Login takes the place of all', () => {
  expect(keysWith({ 'instance/attributes/block-project-ssh-keys': 'TRUE' })).toEqual([
    'ssh-ed25519 A me@desk',
  ]);
  expect(keysWith({ 'project/attributes/enable-oslogin': 'TRUE' })).toEqual([]);
  const off = { 'project/attributes/enable-oslogin': 'TRUE', 'instance/attributes/enable-oslogin': 'FALSE' };
  expect(keysWith(off)).toHaveLength(2);
});

test('keys lose their user; what expires, and what is no key, is left out', () => {
  expect(
    googleKeysIn(
      [
        'me:ssh-rsa A google-ssh {"userName":"me@example.org","expireOn":"2026-11-22T10:00:00+0000"}',
        'me:ssh-rsa B comment:with:colons',
        'ssh-rsa C without a user',
        '',
      ].join('\n'),
    ),
  ).toEqual(['ssh-rsa B comment:with:colons']);
});

test('one answer that is missing begins everything again; the failure says which', () => {
  const good = server();
  const late = machine((request, nth) =>
    request.url.endsWith('instance/hostname') && nth < 2 ? { status: 503 } : good(request),
  );
  expect(gce.read(late, 120_000)?.metadata.hostname).toContain('node1');
  const never = machine(() => ({ exitCode: 28 }));
  expect(() => gce.read(never, 120_000)).toThrow(
    /^gce: cannot read the metadata server: instance\/attributes\/user-data: .*gave up after/,
  );
  expect(never.passedMs).toBeLessThanOrEqual(120_000);
});
