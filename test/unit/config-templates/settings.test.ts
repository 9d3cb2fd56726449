import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openTemplate } from '../../../src/config-templates/catalogue.ts';
import { kinds } from '../../../src/config-templates/kinds.ts';
import { renderCloudConfig } from '../../../src/config-templates/render.ts';
import { readSettings } from '../../../src/config-templates/settings.ts';
import { UserError } from '../../../src/errors.ts';
import { settingsOf } from '../../support/template-cases.ts';

const folder = join(resolve(import.meta.dirname, '../../..'), 'templates/cloud-config');

async function problemsOf(
  template: string,
  pairs: readonly (readonly [string, string])[],
): Promise<string[]> {
  const { header } = await openTemplate(folder, template);
  return readSettings(header, settingsOf(pairs)).problems.map(({ file, message }) => `${file}: ${message}`);
}

test('all mistakes are told at once', async () => {
  expect(
    await problemsOf('etcd-member', [
      ['nme', 'node1'],
      ['member', 'node1=10.0.0.1'],
      ['member', 'node2=10.0.0.256'],
      ['network', '10.0.0.0/33'],
      ['token', 'a'],
      ['token', 'b'],
    ]),
  ).toEqual([
    '--set nme: there is no parameter "nme"',
    '--set member: "node2=10.0.0.256" cannot be member',
    '--set network: "10.0.0.0/33" cannot be network',
    '--set token: token is given 2 times',
    '--set name: name is needed: name of this member, and host name of the machine',
  ]);
});

test.each([
  [
    'a name that is not in the list',
    [
      ['name', 'node3'],
      ['member', 'node1=10.0.0.1'],
    ],
    '--set name: node3 is none of member',
  ],
  [
    'both ways in',
    [
      ['name', 'a'],
      ['member', 'a=10.0.0.1'],
      ['join', 'http://10.0.0.2:2380'],
    ],
    '--set member: member and join are given',
  ],
  ['no way in', [['name', 'a']], '--set member: none of member, join is given'],
  [
    'a name twice',
    [
      ['name', 'a'],
      ['member', 'a=10.0.0.1'],
      ['member', 'a=10.0.0.2'],
    ],
    '--set member: a is given twice',
  ],
  [
    'an address twice',
    [
      ['name', 'a'],
      ['member', 'a=10.0.0.1'],
      ['member', 'b=10.0.0.1'],
    ],
    '--set member: 10.0.0.1 is given twice',
  ],
  [
    'an address that the list contradicts',
    [
      ['name', 'a'],
      ['member', 'a=10.0.0.1'],
      ['address', '10.0.0.9'],
    ],
    '--set address: address is 10.0.0.9, and member says 10.0.0.1',
  ],
  [
    'a variable in a list that all machines share',
    [
      ['name', 'a'],
      ['member', 'a=$private_ipv4'],
    ],
    '--set member: "a=$private_ipv4" cannot be member',
  ],
] as const)('%s is refused', async (_, pairs, problem) => {
  expect(await problemsOf('etcd-member', pairs)).toEqual([problem]);
});

test('files that belong together are asked for together', async () => {
  expect(await problemsOf('docker-host', [['registry', 'registry.example.com']])).toEqual([
    '--set registry: registry without registry-ca',
  ]);
});

test('a key is not shown', async () => {
  const problems = await problemsOf('etcd-member-tls', [['server-key', 'SECRET']]);
  expect(problems.join('\n')).not.toContain('SECRET');
  expect(problems).toContain('--set server-key: the content cannot be server-key');
});

test('the address is that of the own entry', async () => {
  const template = await openTemplate(folder, 'etcd-member');
  const settings = settingsOf([
    ['name', 'b'],
    ['member', 'a=10.0.0.1'],
    ['member', 'b=fd00::2'],
  ]);
  expect(renderCloudConfig(template, settings).text).toContain('listen-peer-urls: http://[fd00::2]:2380');
});

test('a configuration with keys is marked', async () => {
  const template = await openTemplate(folder, 'registry');
  const plain = settingsOf([
    ['name', 'r'],
    ['network', '10.0.0.0/8'],
  ]);
  expect(renderCloudConfig(template, plain).secret).toBe(false);
  expect(renderCloudConfig(template, [...plain, ...settingsOf([['htpasswd', 'me:x']])]).secret).toBe(true);
});

test('an unknown template comes with near names', async () => {
  await expect(openTemplate(folder, 'etcd-membr')).rejects.toThrow(UserError);
  await expect(openTemplate(folder, 'etcd-membr')).rejects.toMatchObject({
    needed: expect.stringContaining('did you mean "etcd-member"?'),
  });
});

test.each([
  ['name', ['node1', 'a'], ['', 'Node', '-a', 'a b', 'a\n', 'a'.repeat(64)]],
  [
    'network',
    ['10.0.0.0/8', '10.0.0.1', 'fd00::/8', '::1'],
    ['10.0.0', '10.0.0.0/', '10.0.0.0/33', '010.0.0.1', 'any', '10.0.0.1; accept'],
  ],
  [
    'url',
    ['http://10.0.0.1:2380', 'https://[fd00::1]:2380'],
    ['10.0.0.1:2380', 'ftp://x', 'http://a b', 'http://a/b'],
  ],
  [
    'image',
    ['registry:5000/web:1', 'example.com/a/b', `example.com/a@sha256:${'0'.repeat(64)}`],
    ['web', 'a b', 'web:1', 'A/b'],
  ],
  ['registry', ['a.example:5000', 'localhost:5000'], ['../x', 'a/b', 'a:b', '']],
  ['scope', ['a.example:5000/web', 'a'], ['a/../b', 'a/', '/a', 'a"b']],
  ['publish', ['8080:80'], ['80', '0:80', '80:65536', 'a:b', '1:2:3']],
  ['variable', ['A=1', 'A='], ['1=a', 'A', 'A=a\nb']],
  ['ssh-key', ['ssh-ed25519 AAAA me'], ['AAAA', 'ssh-ed25519 AAAA\nssh-ed25519 BBBB']],
  [
    'pem',
    ['-----BEGIN A-----\nAAAA\n-----END A-----'],
    ['AAAA', '-----BEGIN A-----\nAAAA\n-----END B-----', '-----BEGIN A-----\n!\n-----END A-----'],
  ],
  ['port', ['1', '65535'], ['0', '65536', '01', '-1']],
  ['lines', ['a\nb'], ['', 'a\u0000b', ' \n']],
] as const)('%s is told from what it is not', (kind, good, bad) => {
  for (const text of good) expect(kinds[kind].read(text), text).toBeDefined();
  for (const text of bad) expect(kinds[kind].read(text), text).toBeUndefined();
});
