/** docs/reference/cloud-config.md says what the reader takes; `npx vitest run --project=unit test/unit/docs -u` writes it anew. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cloudConfigShape } from '../../../src/cloud-config/cloud-config-shape.ts';
import { etcdRefused } from '../../../src/cloud-config/etcd-settings.ts';
import { filesShape } from '../../../src/cloud-config/files.ts';
import { foreignKeys } from '../../../src/cloud-config/foreign-keys.ts';
import { readUserData } from '../../../src/cloud-config/read.ts';
import type { ListShape, SectionShape } from '../../../src/cloud-config/shape.ts';
import { goneUnits } from '../../../src/cloud-config/units-gone.ts';
import { usersShape } from '../../../src/cloud-config/users.ts';
import { documentWith, keysOf, renderKeys, renderRefused } from '../../support/cloud-config-reference.ts';

const file = resolve(import.meta.dirname, '../../../docs/reference/cloud-config.md');
/** Everything after this line is made here. */
const MARK = '<!-- generated from src/cloud-config: npx vitest run --project=unit test/unit/docs -u -->\n';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me';

const examples: Readonly<Record<string, string>> = {
  hostname: 'node1',
  ssh_authorized_keys: `[${KEY}]`,
  'users[].name': 'elroy',
  'users[].gecos': 'Elroy, Operations',
  'users[].passwd': `"$y$j9T$aWZs1Yk8eQkVp.2N3fHhN.$ZtcC3xTuv2ZmLGZKAW1.QmQPvXGbVbcS8Jm1z3WUeK5"`,
  'users[].homedir': '/home/elroy',
  'users[].no-create-home': 'true',
  'users[].primary-group': 'ops',
  'users[].groups': '[sudo, docker]',
  'users[].no-user-group': 'true',
  'users[].ssh-authorized-keys': `[${KEY}]`,
  'users[].coreos-ssh-import-github': 'octocat',
  'users[].coreos-ssh-import-github-users': '[octocat, hubot]',
  'users[].coreos-ssh-import-url': 'https://example.com/keys',
  'users[].system': 'true',
  'users[].no-log-init': 'true',
  'users[].shell': '/bin/sh',
  'users[].lock-passwd': 'true',
  'write_files[].path': '/etc/motd',
  'write_files[].content': '"Hello from $private_ipv4\\n"',
  'write_files[].permissions': '"0600"',
  'write_files[].owner': 'core:docker',
  'write_files[].encoding': 'base64',
  manage_etc_hosts: 'localhost',
  'coreos.units[].name': 'hello.service',
  'coreos.units[].content': '"[Service]\\nExecStart=/usr/bin/true\\n"',
  'coreos.units[].drop-ins[].name': '10-env.conf',
  'coreos.units[].drop-ins[].content': '"[Service]\\nEnvironment=A=1\\n"',
  'coreos.units[].enable': 'true',
  'coreos.units[].mask': 'true',
  'coreos.units[].runtime': 'true',
  'coreos.units[].command': 'start',
  'coreos.update.group': 'stable',
  'coreos.update.server': 'https://updates.example.com/basalt',
  'coreos.update.reboot-strategy': 'etcd-lock',
  'coreos.update.window-start': '"Thu 04:00"',
  'coreos.update.window-length': '1h30m',
  'coreos.update.window-timezone': 'Europe/Berlin',
  'coreos.update.lock-group': 'workers',
  'coreos.update.lock-maximum': '2',
  'coreos.update.fleet-lock-url': 'https://locks.example.com/base',
  'coreos.update.tries': '3',
  'coreos.update.health-timeout': '15m',
  'coreos.update.allow-degraded': 'true',
  'coreos.locksmith.endpoint': 'http://127.0.0.1:2379',
  'coreos.locksmith.etcd-cafile': '/etc/etcd/tls/ca.crt',
  'coreos.locksmith.etcd-certfile': '/etc/etcd/tls/client.crt',
  'coreos.locksmith.etcd-keyfile': '/etc/etcd/tls/client.key',
  'coreos.locksmith.etcd-username': 'locksmith',
  'coreos.locksmith.etcd-password': 'secret',
  'coreos.locksmith.group': 'web',
  'coreos.locksmith.window-start': '"Thu 04:00"',
  'coreos.locksmith.window-length': '1h30m',
  'coreos.oem.id': 'rackspace',
  'coreos.oem.name': 'Rackspace Cloud Servers',
  'coreos.oem.version-id': '168.0.0',
  'coreos.oem.home-url': 'https://www.example.com/',
  'coreos.oem.bug-report-url': 'https://bugs.example.com/',
  'coreos.etcd2.name': 'node1',
  'coreos.etcd2.data-dir': '/var/lib/etcd/node1',
  'coreos.etcd2.listen-peer-urls': 'http://$private_ipv4:2380',
  'coreos.etcd2.listen-client-urls': 'http://0.0.0.0:2379',
  'coreos.etcd2.initial-advertise-peer-urls': 'http://$private_ipv4:2380',
  'coreos.etcd2.advertise-client-urls': 'http://$private_ipv4:2379',
  'coreos.etcd2.initial-cluster': 'node1=http://10.0.0.1:2380,node2=http://10.0.0.2:2380',
  'coreos.etcd2.initial-cluster-state': 'new',
  'coreos.etcd2.auto-compaction-retention': '8h',
  'coreos.etcd2.quota-backend-bytes': '"4294967296"',
  'coreos.etcd2.log-level': 'warn',
};

/** What else an entry must have to be one without warnings. */
const needed = {
  'users[].name': 'elroy',
  'write_files[].path': '/etc/motd',
  'write_files[].content': 'SGVsbG8=',
  'coreos.update.window-start': '"04:00"',
  'coreos.update.window-length': '1h',
  'coreos.update.fleet-lock-url': 'https://locks.example.com/base',
  'coreos.locksmith.window-start': '"04:00"',
  'coreos.locksmith.window-length': '1h',
  'coreos.units[].name': 'hello.service',
  'coreos.units[].drop-ins[].name': '10-env.conf',
  'coreos.units[].drop-ins[].content': '"[Service]\\n"',
};

const keys = keysOf(cloudConfigShape);

function refusedOf(shape: SectionShape | ListShape): Readonly<Record<string, string>> {
  const section = shape.kind === 'list' ? shape.items : shape;
  return section.kind === 'section' ? (section.refused ?? {}) : {};
}

test('docs/reference/cloud-config.md has every key as the reader has it', async () => {
  const written = await readFile(file, 'utf8');
  const head = written.slice(0, written.indexOf(MARK));
  expect(head, `the line ${MARK.trim()} is missing`).not.toBe('');
  const { coreos } = cloudConfigShape.keys;
  const refused = [
    ['At the top level', foreignKeys],
    ['In `coreos`', coreos?.kind === 'section' ? refusedOf(coreos) : {}],
    ['In `coreos.etcd2`', etcdRefused],
    ['In `users[]`', refusedOf(usersShape)],
    ['In `write_files[]`', refusedOf(filesShape)],
    ['Units of CoreOS', goneUnits],
  ] as const;
  const text = [
    '## Keys',
    '',
    renderKeys(cloudConfigShape, examples),
    '## What is refused, and the way out',
    '',
    ...refused.flatMap(([title, map]) => [`### ${title}`, '', renderRefused(map)]),
  ].join('\n');
  await expect(`${head}${MARK}\n${text}`).toMatchFileSnapshot(file);
});

test('there is an example for every key but the rare ones of etcd, and for nothing else', () => {
  const paths = keys.map(({ path }) => path);
  expect(paths.filter((path) => !path.startsWith('coreos.etcd2.') && examples[path] === undefined)).toEqual(
    [],
  );
  expect(Object.keys(examples).filter((path) => !paths.includes(path))).toEqual([]);
});

test.each(Object.keys(examples))('the example of %s is valid', (path) => {
  const text = documentWith(path, examples[path] ?? '', needed);
  expect(readUserData(text, { file: 'x' }), text).toMatchObject({ kind: 'cloud-config' });
});
