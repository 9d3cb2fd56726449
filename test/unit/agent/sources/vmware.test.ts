import { expect, test } from 'vitest';
import { vmware } from '../../../../src/agent/sources/vmware.ts';
import { fakeCurl } from '../../../support/fake-curl.ts';
import { FakeHost, type FakeProgram } from '../../../support/fake-host.ts';

const CONFIG = '#cloud-config\nä: 1\n';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** `info-get guestinfo.KEY`, with the words of open-vm-tools. */
const rpc =
  (values: Record<string, string>): FakeProgram =>
  (command) => {
    const value = values[command.at(-1)?.replace('info-get guestinfo.', '') ?? ''];
    return value === undefined ? { exitCode: 1, stderr: 'No value found\n' } : { stdout: `${value}\n` };
  };

const machine = (values: Record<string, string>, programs: Record<string, FakeProgram> = {}) =>
  new FakeHost({
    files: {
      '/sys/class/dmi/id/sys_vendor': 'VMware, Inc.\n',
      '/usr/bin/vmware-rpctool': '',
      '/usr/bin/vmtoolsd': '',
    },
    programs: { 'vmware-rpctool': rpc(values), vmtoolsd: rpc(values), ...programs },
  });

test('it is there on VMware alone', () => {
  expect(vmware.isHere(machine({}))).toBe(true);
  expect(vmware.isHere(new FakeHost({ files: { '/sys/class/dmi/id/sys_vendor': 'QEMU\n' } }))).toBe(false);
});

test.each([
  ['plain', { userdata: CONFIG.trim() }, 'guestinfo.userdata', CONFIG.trim()],
  ['base64', { userdata: base64(CONFIG), 'userdata.encoding': 'base64' }, 'guestinfo.userdata', CONFIG],
  [
    'coreos',
    { 'coreos.config.data': base64(CONFIG), 'coreos.config.data.encoding': 'b64' },
    'guestinfo.coreos.config.data',
    CONFIG,
  ],
  ['both', { userdata: 'one', 'coreos.config.data': 'two' }, 'guestinfo.userdata', 'one'],
  [
    'redacted',
    { userdata: '---', 'userdata.encoding': ' ', 'coreos.config.data': 'two' },
    'guestinfo.coreos.config.data',
    'two',
  ],
])('user data: %s', (_, values, where, text) => {
  const found = vmware.read(machine(values), 20_000);
  expect(found).toMatchObject({ source: 'vmware', where });
  expect(found?.userData?.trim()).toBe(text.trim());
});

test('an address of user data is fetched', () => {
  const host = machine(
    { 'coreos.config.url': 'https://conf/a?t=secret' },
    { curl: fakeCurl(() => ({ status: 200, body: CONFIG })) },
  );
  expect(vmware.read(host, 20_000)).toMatchObject({ where: 'https://conf/a?…', userData: CONFIG });
});

test.each([
  [{ userdata: 'x', 'userdata.encoding': 'rot13' }, 'guestinfo.userdata.encoding is "rot13"'],
  [{ userdata: '%%%', 'userdata.encoding': 'base64' }, 'guestinfo.userdata is not base64'],
  [{ 'coreos.config.url': 'ftp://a/' }, 'guestinfo.coreos.config.url: the scheme is ftp'],
  [{ metadata: '- a\n- b' }, 'guestinfo.metadata is not a map'],
])('%j is refused', (values, reason) => {
  expect(() => vmware.read(machine(values as Record<string, string>), 20_000)).toThrow(reason);
});

test('hostname, keys and addresses', () => {
  const values = {
    metadata: base64('local-hostname: node1\npublic-keys-data: |\n  ssh-rsa A\n'),
    'metadata.encoding': 'base64',
    hostname: 'older',
    'interface.0.role': 'private',
    'interface.0.ip.0.address': '10.0.0.5/24',
    'interface.0.ip.1.address': 'fd00::5/64',
    'interface.1.role': 'public',
    'interface.1.ip.0.address': '203.0.113.5/24',
  };
  expect(vmware.read(machine(values), 20_000)?.metadata).toEqual({
    hostname: 'node1',
    sshAuthorizedKeys: ['ssh-rsa A'],
    addresses: { private_ipv4: '10.0.0.5', private_ipv6: 'fd00::5', public_ipv4: '203.0.113.5' },
  });
  expect(vmware.read(machine({ hostname: 'older' }), 20_000)?.metadata.hostname).toBe('older');
});

test('a host that refuses the first tool serves the second', () => {
  const refuse: FakeProgram = () => ({ exitCode: 1, stderr: 'Permission denied\n' });
  expect(
    vmware.read(machine({ userdata: 'x' }, { 'vmware-rpctool': refuse }), 20_000)?.userData?.trim(),
  ).toBe('x');
  expect(() =>
    vmware.read(machine({ userdata: 'x' }, { 'vmware-rpctool': refuse, vmtoolsd: refuse }), 20_000),
  ).toThrow('vmware-rpctool and vmtoolsd cannot read guestinfo.userdata: Permission denied');
});

test('an image without the tools is passed over with a warning', () => {
  const host = new FakeHost({ files: { '/sys/class/dmi/id/sys_vendor': 'VMware, Inc.\n' } });
  expect(vmware.read(host, 20_000)).toBeUndefined();
  expect(host.logged).toEqual([expect.stringContaining('open-vm-tools')]);
});
