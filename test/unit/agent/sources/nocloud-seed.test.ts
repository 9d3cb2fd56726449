import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noCloud } from '../../../../src/agent/sources/nocloud.ts';
import { parseSeed } from '../../../../src/agent/sources/nocloud-seed.ts';
import { type FakeAnswer, fakeCurl } from '../../../support/fake-curl.ts';
import { FakeHost } from '../../../support/fake-host.ts';

const SERIAL = '/sys/class/dmi/id/product_serial';

function machine(
  serial: string,
  answers: Record<string, FakeAnswer>,
  files: Record<string, string> = {},
): FakeHost {
  return new FakeHost({
    files: { [SERIAL]: `${serial}\n`, ...files },
    programs: { curl: fakeCurl(({ url }) => answers[url] ?? { status: 404 }) },
  });
}

test.each([
  ['ds=nocloud-net;s=http://10.0.0.1/;h=node1;i=abc', { from: 'http://10.0.0.1/', hostname: 'node1' }],
  ['ds=nocloud;seedfrom=https://a/b/;local-hostname=n', { from: 'https://a/b/', hostname: 'n' }],
  ['ds=nocloud;h=n', { from: undefined, hostname: 'n' }],
  ['ds=nocloud;s=http://a/?x=y', { from: 'http://a/?x=y', hostname: undefined }],
])('%s', (line, seed) => {
  expect(parseSeed('here', line)).toEqual({ given: 'here', ...seed });
});

test.each(['', 'ds=nocloud', 'ds=nocloud;i=1', 'ds=ec2;s=http://a/', 'VMware-42 1d', 'nocloud;s=http://a/'])(
  '%s is no seed',
  (line) => expect(parseSeed('here', line)).toBeUndefined(),
);

test('any line is read without failing', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseSeed('here', `ds=nocloud;${text}`)));
});

test('user-data and meta-data come from the address; the name that was given beside it wins', () => {
  const host = machine('ds=nocloud-net;s=http://10.0.0.1/x;h=given', {
    'http://10.0.0.1/x/user-data': { status: 200, body: '#cloud-config\n' },
    'http://10.0.0.1/x/meta-data': {
      status: 200,
      body: 'local-hostname: fetched\npublic-keys: [ssh-rsa A]\n',
    },
  });
  expect(noCloud.isHere(host)).toBe(true);
  expect(noCloud.read(host, 120_000)).toEqual({
    source: 'nocloud',
    where: 'http://10.0.0.1/x/user-data',
    userData: '#cloud-config\n',
    metadata: { hostname: 'given', sshAuthorizedKeys: ['ssh-rsa A'], addresses: {} },
  });
  expect(host.logged).toEqual([expect.stringContaining('without encryption')]);
});

test('the kernel argument ds= comes before the serial number', () => {
  const host = machine(
    'ds=nocloud;s=http://serial/',
    { 'http://argument/user-data': { status: 200, body: 'x' } },
    {
      '/proc/cmdline': 'ro "ds=nocloud;s=http://argument/"',
    },
  );
  expect(noCloud.read(host, 120_000)?.where).toBe('http://argument/user-data');
});

test('one of the two files is enough, none is a failure', () => {
  const one = machine('ds=nocloud;s=https://a/', {
    'https://a/meta-data': { status: 200, body: 'local-hostname: n' },
  });
  expect(noCloud.read(one, 120_000)).toMatchObject({ userData: undefined, metadata: { hostname: 'n' } });
  expect(() => noCloud.read(machine('ds=nocloud;s=https://a/', {}), 120_000)).toThrow(
    'neither user-data nor meta-data',
  );
});

test('variables of the firmware are put into the address', () => {
  const host = machine(
    'ds=nocloud;s=https://a/__dmi.chassis-serial-number__/__dmi.nonsense__/',
    { 'https://a/AB%20%2F1/__dmi.nonsense__/user-data': { status: 200, body: 'x' } },
    { '/sys/class/dmi/id/chassis_serial': 'AB /1\n' },
  );
  expect(noCloud.read(host, 120_000)?.userData).toBe('x');
});

test.each(['file:///x/', '/x/', 'https://a/?b=c', 'http://'])(
  'the address %s is refused with its place',
  (from) => {
    expect(() => noCloud.read(machine(`ds=nocloud;s=${from}`, {}), 120_000)).toThrow(
      /s= in the SMBIOS serial number/,
    );
  },
);
