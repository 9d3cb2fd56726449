import { expect, test } from 'vitest';
import { azure, azureAt } from '../../../../src/agent/sources/azure.ts';
import { type FakeAnswer, type FakeRequest, fakeCurl } from '../../../support/fake-curl.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const WHERE = 'http://169.254.169.254/metadata/instance?api-version=2021-02-01&format=json';
const COMPUTE = {
  name: 'node1-resource',
  osProfile: { computerName: 'node1' },
  publicKeys: [
    { keyData: 'ssh-ed25519 A me@desk\r\n', path: '/home/core/.ssh/authorized_keys' },
    { keyData: '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----', path: '' },
  ],
  userData: 'I2Nsb3VkLWNvbmZpZwo=',
};
const NETWORK = {
  interface: [
    {
      ipv4: { ipAddress: [{ privateIpAddress: '10.0.0.4', publicIpAddress: '203.0.113.4' }] },
      ipv6: { ipAddress: [{ privateIpAddress: 'fd00::4' }] },
    },
    { ipv4: { ipAddress: [{ privateIpAddress: '10.1.0.4', publicIpAddress: '' }] } },
  ],
};

/** A service that refuses whoever does not send the header. */
const service =
  (document: unknown) =>
  ({ url, headers }: FakeRequest): FakeAnswer => {
    if (url !== WHERE) return { exitCode: 7 };
    if (headers.Metadata !== 'true') return { status: 400 };
    return { status: 200, body: typeof document === 'string' ? document : JSON.stringify(document) };
  };

const machine = (answer: (request: FakeRequest, nth: number) => FakeAnswer) =>
  new FakeHost({
    files: { '/sys/class/dmi/id/chassis_asset_tag': '7783-7084-3265-9085-8269-3286-77\n' },
    programs: { curl: fakeCurl(answer) },
  });
const read = (document: unknown) => azure.read(machine(service(document)), 120_000);

test('the chassis tells, and nothing is asked elsewhere', () => {
  expect(azure.isHere(machine(service({})))).toBe(true);
  // Hyper-V on a desk names the same maker.
  const other = new FakeHost({ files: { '/sys/class/dmi/id/sys_vendor': 'Microsoft Corporation\n' } });
  expect(azure.isHere(other)).toBe(false);
  expect(other.commands).toEqual([]);
});

test('one answer gives user data, hostname, keys and addresses', () => {
  const host = machine(service({ compute: COMPUTE, network: NETWORK }));
  expect(azure.read(host, 120_000)).toEqual({
    source: 'azure',
    where: WHERE,
    userData: '#cloud-config\n',
    metadata: {
      hostname: 'node1',
      sshAuthorizedKeys: ['ssh-ed25519 A me@desk'],
      addresses: { private_ipv4: '10.0.0.4', public_ipv4: '203.0.113.4', private_ipv6: 'fd00::4' },
    },
  });
  const curls = host.commands.filter(({ command: [name] }) => name === 'curl');
  expect(curls).toHaveLength(1);
  expect(curls[0]?.command).toContain('--noproxy');
  expect(curls[0]?.command).not.toContain('--location');
});

test('a service may be elsewhere', () => {
  const urls: string[] = [];
  const host = machine(({ url }) => {
    urls.push(url);
    return { status: 200, body: '{}' };
  });
  azureAt('http://127.0.0.1:8080').read(host, 120_000);
  expect(urls).toEqual([WHERE.replace('169.254.169.254', '127.0.0.1:8080')]);
});

test('a machine of a specialized image has no profile, and perhaps no user data', () => {
  expect(read({ compute: { ...COMPUTE, osProfile: { computerName: '' }, userData: '' } })).toMatchObject({
    userData: undefined,
    metadata: { hostname: 'node1-resource' },
  });
  expect(read({})).toMatchObject({ userData: undefined, metadata: { sshAuthorizedKeys: [] } });
});

test('what cannot be read is a failure, not something to try again', () => {
  for (const [document, reason] of [
    [{ compute: { userData: '*' } }, 'compute/userData is not base64'],
    [{ compute: { userData: '//79' } }, 'not text in UTF-8'],
    ['<html>', 'not JSON'],
  ] as const) {
    const host = machine(service(document));
    expect(() => azure.read(host, 120_000)).toThrow(reason);
    expect(host.sleptMs).toEqual([]);
  }
});

test('it waits for the network and for a service that is being updated, and then gives up', () => {
  const good = service({ compute: COMPUTE });
  const late = machine((request, nth) =>
    nth < 3 ? (nth < 2 ? { exitCode: 7 } : { status: 410 }) : good(request),
  );
  expect(azure.read(late, 120_000)?.userData).toBe('#cloud-config\n');
  const never = machine(() => ({ status: 410 }));
  expect(() => azure.read(never, 120_000)).toThrow(
    /^azure: cannot read the instance metadata service: the server answers 410: it is being updated \(gave up/,
  );
  expect(never.passedMs).toBeLessThanOrEqual(120_000);
});
