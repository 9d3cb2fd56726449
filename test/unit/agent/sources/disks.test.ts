/** NoCloud's disk and the config drive. */
import { expect, test } from 'vitest';
import { configDrive } from '../../../../src/agent/sources/config-drive.ts';
import { noCloud } from '../../../../src/agent/sources/nocloud.ts';
import { FakeHost, type FakeMachine } from '../../../support/fake-host.ts';

const CONFIG = '#cloud-config\n';

/** A disk with that label, whose files appear where it is mounted. */
function withDisk(label: string, content: Record<string, string>, more: FakeMachine = {}): FakeHost {
  const host: FakeHost = new FakeHost({
    ...more,
    programs: {
      mount: (command) => {
        for (const [name, text] of Object.entries(content)) host.writeFile(`${command.at(-1)}/${name}`, text);
        return {};
      },
      umount: (command) => {
        const remove = (path: string): void => {
          for (const name of host.list(path)) {
            remove(`${path}/${name}`);
            host.remove(`${path}/${name}`);
          }
        };
        remove(command.at(-1) ?? '');
        return {};
      },
      ...more.programs,
    },
  });
  host.link('../../sr0', `/dev/disk/by-label/${label}`);
  return host;
}

test.each(['cidata', 'CIDATA'])('NoCloud reads a disk labelled %s, and leaves nothing mounted', (label) => {
  const host = withDisk(label, {
    'user-data': CONFIG,
    'meta-data':
      'instance-id: i-1\nlocal-hostname: node1\npublic-keys:\n  - ssh-ed25519 AAAA one\n  - ssh-ed25519 BBBB two\n',
  });
  expect(noCloud.isHere(host)).toBe(true);
  expect(noCloud.read(host, 120_000)).toEqual({
    source: 'nocloud',
    where: `/dev/disk/by-label/${label}, user-data`,
    userData: CONFIG,
    metadata: {
      hostname: 'node1',
      sshAuthorizedKeys: ['ssh-ed25519 AAAA one', 'ssh-ed25519 BBBB two'],
      addresses: {},
    },
  });
  const names = host.commands.map(({ command }) => command[0]);
  expect(names.filter((name) => name === 'mount')).toHaveLength(1);
  expect(names.filter((name) => name === 'umount')).toHaveLength(1);
  expect(host.list('/run/basalt/scratch')).toEqual([]);
});

test('a disk is mounted read-only, and so that nothing on it can be run or lead elsewhere', () => {
  const host = withDisk('cidata', { 'user-data': CONFIG });
  noCloud.read(host, 120_000);
  const mount = host.commands.find(({ command }) => command[0] === 'mount')?.command ?? [];
  expect(mount[mount.indexOf('-o') + 1]?.split(',').sort()).toEqual([
    'nodev',
    'noexec',
    'nosuid',
    'nosymfollow',
    'ro',
  ]);
  expect(mount[mount.indexOf('-t') + 1]).toBe('iso9660,vfat');
});

test.each([
  ['a map', 'public-keys: {one: ssh-rsa A, two: [ssh-rsa B]}', ['ssh-rsa A', 'ssh-rsa B']],
  ['the tree of EC2', 'public-keys: {0: {openssh-key: ssh-rsa A}}', ['ssh-rsa A']],
  ['a text', 'public-keys: |\n  # mine\n  ssh-rsa A\n\n  ssh-rsa A\n', ['ssh-rsa A']],
  ['JSON', '{"public-keys": ["ssh-rsa A"]}', ['ssh-rsa A']],
  ['nonsense', 'public-keys: 5', []],
  ['nothing', '', []],
])('keys may be %s', (_, metaData, keys) => {
  const host = withDisk('cidata', { 'user-data': CONFIG, 'meta-data': metaData });
  expect(noCloud.read(host, 120_000)?.metadata.sshAuthorizedKeys).toEqual(keys);
});

test('meta-data that cannot be read fails with its place', () => {
  const host = withDisk('cidata', { 'user-data': CONFIG, 'meta-data': 'a: 1\nb: [\n' });
  expect(() => noCloud.read(host, 120_000)).toThrow(/^nocloud: cannot read .*meta-data, line \d, column \d/);
  expect(host.list('/run/basalt/scratch')).toEqual([]);
});

test('meta-data of hostile aliases fails', () => {
  const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
  for (let i = 1; i < 9; i++)
    bomb.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(',')}]`,
    );
  const host = withDisk('cidata', { 'meta-data': bomb.join('\n') });
  expect(() => noCloud.read(host, 120_000)).toThrow('nocloud: cannot read');
});

test('a hostname that is none is passed over with a warning', () => {
  const host = withDisk('cidata', { 'meta-data': 'local-hostname: "a b; rm"\n' });
  expect(noCloud.read(host, 120_000)?.metadata.hostname).toBeUndefined();
  expect(host.logged).toEqual([expect.stringContaining('"a b; rm"')]);
});

test('of a name that is too long, the first label is taken', () => {
  const host = withDisk('cidata', {
    'meta-data': `local-hostname: node1.${'a'.repeat(50)}.${'b'.repeat(50)}\n`,
  });
  expect(noCloud.read(host, 120_000)?.metadata.hostname).toBe('node1');
});

test('a disk without the files is told, not passed over', () => {
  const host = withDisk('cidata', { 'userdata.yml': CONFIG });
  expect(() => noCloud.read(host, 120_000)).toThrow('there is neither user-data nor meta-data');
});

test('a disk that cannot be mounted is told', () => {
  const host = withDisk(
    'cidata',
    {},
    {
      programs: {
        mount: () => ({
          exitCode: 32,
          stderr: 'mount: /run/x: wrong fs type, bad superblock.\n  dmesg(1) may help',
        }),
      },
    },
  );
  expect(() => noCloud.read(host, 120_000)).toThrow(
    'nocloud: cannot read /dev/disk/by-label/cidata: cannot be mounted as iso9660 or vfat: mount: /run/x: wrong fs type',
  );
});

test('a machine without such a disk is not mounted about', () => {
  const host = new FakeHost();
  expect([noCloud.isHere(host), configDrive.isHere(host)]).toEqual([false, false]);
  expect(host.commands).toEqual([]);
});

test('the config drive gives user data, hostname and keys', () => {
  const host = withDisk('config-2', {
    'openstack/latest/user_data': CONFIG,
    'openstack/latest/meta_data.json': JSON.stringify({
      uuid: 'x',
      hostname: 'node1.novalocal',
      public_keys: { mykey: 'ssh-rsa A\n' },
    }),
  });
  expect(configDrive.isHere(host)).toBe(true);
  expect(configDrive.read(host, 20_000)).toEqual({
    source: 'config-drive',
    where: '/dev/disk/by-label/config-2, openstack/latest/user_data',
    userData: CONFIG,
    metadata: { hostname: 'node1.novalocal', sshAuthorizedKeys: ['ssh-rsa A'], addresses: {} },
  });
});

test('a config drive may have metadata alone, but not nothing', () => {
  const meta = { 'openstack/latest/meta_data.json': '{"hostname": "a"}' };
  expect(configDrive.read(withDisk('config-2', meta), 20_000)).toMatchObject({
    userData: undefined,
    metadata: { hostname: 'a' },
  });
  expect(() => configDrive.read(withDisk('CONFIG-2', {}), 20_000)).toThrow('it has neither');
  const broken = { 'openstack/latest/meta_data.json': '{"hostname": ' };
  expect(() => configDrive.read(withDisk('config-2', broken), 20_000)).toThrow('meta_data.json is no JSON');
});

test('metadata that is nested without end gives no keys, and no failure', () => {
  const deep = `{"hostname": "a", "public_keys": ${'['.repeat(2000)}"ssh-rsa A"${']'.repeat(2000)}}`;
  const host = withDisk('config-2', { 'openstack/latest/meta_data.json': deep });
  expect(configDrive.read(host, 20_000)?.metadata).toEqual({
    hostname: 'a',
    sshAuthorizedKeys: [],
    addresses: {},
  });
});
