import { expect, test } from 'vitest';
import { ec2, ec2At } from '../../../../src/agent/sources/ec2.ts';
import { type FakeAnswer, type FakeRequest, fakeCurl } from '../../../support/fake-curl.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const NITRO = { '/sys/class/dmi/id/sys_vendor': 'Amazon EC2\n' };
const DATA: Record<string, string> = {
  'user-data': '#cloud-config\n',
  'meta-data/hostname': 'ip-10-0-0-5.eu-central-1.compute.internal',
  'meta-data/local-ipv4': '10.0.0.5',
  'meta-data/public-ipv4': '203.0.113.5',
  'meta-data/ipv6': '2001:db8::5',
  'meta-data/public-keys/': '0=first\n1=second',
  'meta-data/public-keys/0/openssh-key': 'ssh-rsa A first\n',
  'meta-data/public-keys/1/openssh-key': 'ssh-ed25519 B second\n',
};

/** A service of version 2: 401 without the token that it gave. */
function service(data = DATA, base = 'http://169.254.169.254') {
  return ({ url, method, headers }: FakeRequest): FakeAnswer => {
    if (!url.startsWith(base)) return { exitCode: 7 };
    const path = url.slice(`${base}/latest/`.length);
    if (path === 'api/token') {
      const seconds = headers['X-aws-ec2-metadata-token-ttl-seconds'];
      return method === 'PUT' && seconds !== undefined ? { status: 200, body: 'TOKEN==' } : { status: 405 };
    }
    if (headers['X-aws-ec2-metadata-token'] !== 'TOKEN==') return { status: 401 };
    const body = data[path];
    return body === undefined ? { status: 404 } : { status: 200, body };
  };
}

const machine = (
  answer: (request: FakeRequest, nth: number) => FakeAnswer,
  files: Record<string, string> = NITRO,
) => new FakeHost({ files, programs: { curl: fakeCurl(answer) } });

test.each<[string, Record<string, string>, boolean]>([
  ['Nitro', { sys_vendor: 'Amazon EC2' }, true],
  ['its firmware', { bios_vendor: 'Amazon EC2' }, true],
  ['Xen', { product_uuid: 'EC2E1916-9099-7CAF-FD21-012345ABCDEF', product_version: '4.11.amazon' }, true],
  [
    'a UUID by chance',
    { product_uuid: 'ec2e1916-9099-7caf-fd21-012345abcdef', product_version: '1.0' },
    false,
  ],
  ['another maker', { sys_vendor: 'Dell Inc.' }, false],
])('%s', (_, fields, here) => {
  const files = Object.fromEntries(
    Object.entries(fields).map(([name, text]) => [`/sys/class/dmi/id/${name}`, `${text}\n`]),
  );
  expect(ec2.isHere(new FakeHost({ files }))).toBe(here);
});

test('it gives user data, hostname, keys and addresses', () => {
  const host = machine(service());
  expect(ec2.read(host, 120_000)).toEqual({
    source: 'ec2',
    where: 'http://169.254.169.254/latest/user-data',
    userData: '#cloud-config\n',
    metadata: {
      hostname: 'ip-10-0-0-5.eu-central-1.compute.internal',
      sshAuthorizedKeys: ['ssh-rsa A first', 'ssh-ed25519 B second'],
      addresses: { private_ipv4: '10.0.0.5', public_ipv4: '203.0.113.5', public_ipv6: '2001:db8::5' },
    },
  });
});

test('every request is direct, follows no redirect, and has the token where no process list shows it', () => {
  const host = machine(service());
  ec2.read(host, 120_000);
  const curls = host.commands.filter(({ command }) => command[0] === 'curl');
  expect(curls.length).toBeGreaterThan(5);
  for (const { command } of curls) {
    expect(command).toContain('--noproxy');
    expect(command).not.toContain('--location');
    expect(command.join(' ')).not.toContain('TOKEN');
  }
});

test('an instance without user data and keys is one with metadata alone', () => {
  expect(ec2.read(machine(service({ 'meta-data/local-ipv4': '10.0.0.5' })), 120_000)).toMatchObject({
    userData: undefined,
    metadata: {
      hostname: undefined,
      sshAuthorizedKeys: [],
      addresses: { private_ipv4: '10.0.0.5', public_ipv4: undefined },
    },
  });
});

test('a service of version 1 is never used', () => {
  for (const status of [404, 405]) {
    const urls: string[] = [];
    const host = machine(({ url, method }) => {
      urls.push(`${method} ${url}`);
      return method === 'PUT' ? { status } : { status: 200, body: 'version 1' };
    });
    expect(() => ec2.read(host, 120_000)).toThrow('does not speak IMDSv2');
    expect(urls).toEqual(['PUT http://169.254.169.254/latest/api/token']);
  }
});

test('a service that is switched off is passed over with a warning', () => {
  const host = machine(() => ({ status: 403 }));
  expect(ec2.read(host, 120_000)).toBeUndefined();
  expect(host.logged).toEqual([expect.stringContaining('switched off')]);
});

test('IPv6 alone is enough', () => {
  expect(ec2.read(machine(service(DATA, 'http://[fd00:ec2::254]')), 120_000)?.where).toBe(
    'http://[fd00:ec2::254]/latest/user-data',
  );
});

test('addresses are tried in their order, a silent one only until the next', () => {
  const host = machine(service(DATA, 'http://second'));
  expect(ec2At(['http://first', 'http://second']).read(host, 120_000)?.where).toBe(
    'http://second/latest/user-data',
  );
  expect(host.sleptMs).toEqual([]);
});

test('a token that is refused is asked for again', () => {
  let tokens = 0;
  const good = service();
  const host = machine((request) => {
    if (request.url.endsWith('/api/token')) return { status: 200, body: ++tokens === 1 ? 'OLD' : 'TOKEN==' };
    return good(request);
  });
  expect(ec2.read(host, 120_000)?.userData).toBe('#cloud-config\n');
  expect(tokens).toBe(2);
});

test('it waits for the network and for a service that is not ready, and then gives up', () => {
  const good = service();
  const late = machine((request, nth) =>
    request.url.endsWith('/api/token') && nth < 3
      ? nth < 2
        ? { exitCode: 7 }
        : { status: 503 }
      : good(request),
  );
  expect(ec2.read(late, 120_000)?.userData).toBe('#cloud-config\n');
  const never = machine(() => ({ exitCode: 28 }));
  expect(() => ec2.read(never, 120_000)).toThrow(
    /^ec2: cannot read the instance metadata service: http:\/\/169\.254\.169\.254: .*; http:\/\/\[fd00:ec2::254\]: .*gave up after/,
  );
  expect(never.passedMs).toBeLessThanOrEqual(120_000);
});

test('user data that is no text is a failure, not something to try again', () => {
  const host = machine(service({ ...DATA, 'user-data': '\u0000' }));
  expect(ec2.read(host, 120_000)?.userData).toBe('\u0000');
  const binary = machine((request) =>
    request.url.endsWith('user-data') ? { status: 200, body: Uint8Array.of(0xff, 0xfe) } : service()(request),
  );
  expect(() => ec2.read(binary, 120_000)).toThrow('not text in UTF-8');
  expect(binary.sleptMs).toEqual([]);
});
