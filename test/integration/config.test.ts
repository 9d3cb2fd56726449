/** The commands around a machine's configuration, as a person runs them. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'basalt-config-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const basalt = (...args: string[]) =>
  execa(resolve(import.meta.dirname, '../../basalt'), ['config', ...args], { reject: false, cwd: folder });
const cluster = ['node1=10.0.0.11', 'node2=10.0.0.12', 'node3=10.0.0.13'].flatMap((member) => [
  '--member',
  member,
]);
const members = cluster.flatMap((word) => (word === '--member' ? ['--set'] : [`member=${word}`]));

test('from certificates to a configuration that validates', async () => {
  const made = await basalt('pki', '--output', 'pki', '--name', 'blue', ...cluster);
  expect(made.exitCode, made.stderr).toBe(0);
  const written = await basalt(
    ...['render', 'etcd-member-tls', '--files', 'pki/node2', '--set', 'name=node2', ...members],
    ...['--output', 'node2.yaml'],
  );
  expect(written.exitCode, written.stderr).toBe(0);
  expect((await stat(join(folder, 'node2.yaml'))).mode & 0o777).toBe(0o600);
  const text = await readFile(join(folder, 'node2.yaml'), 'utf8');
  const key = (await readFile(join(folder, 'pki/node2/peer.key'), 'utf8')).trim().split('\n')[1];
  expect(text).toContain(key);
  expect(text).toContain('listen-peer-urls: https://10.0.0.12:2380');
  const checked = await basalt('validate', '--strict', 'node2.yaml');
  expect(checked.exitCode, checked.stderr).toBe(0);
});

test('what is printed is the configuration and nothing else', async () => {
  const { exitCode, stdout } = await basalt('render', 'docker-host', '--set', 'name=docker1');
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')[0]).toBe('#cloud-config');
});

test('all mistakes at once, nothing written', async () => {
  const { exitCode, stdout, stderr } = await basalt(
    ...['render', 'etcd-member', '--set', 'nme=x', '--set', 'member=a', '--output', 'x.yaml'],
  );
  expect(exitCode).toBe(3);
  expect(stdout).toBe('');
  expect(stderr).toContain('did you mean "name"?');
  expect(stderr).toContain('"a" cannot be member');
  expect(stderr).toContain('name is needed');
  await expect(stat(join(folder, 'x.yaml'))).rejects.toThrow();
});

test.each([
  [['render', 'etcd'], 2, 'templates:'],
  [['render'], 2, 'no template is named'],
  [['render', 'docker-host', '--set', 'x'], 2, 'NAME=VALUE'],
  [['render', 'docker-host', '--set-file', 'registry-ca=none.crt'], 1, 'none.crt'],
  [['pki', '--output', 'p', '--name', 'Blue'], 2, '--name'],
  [['pki', '--output', 'p', '--name', 'blue', '--member', 'ca=10.0.0.1'], 2, 'another name than ca'],
  [['pki', '--output', 'p', '--name', 'blue', '--days', '0'], 2, '--days'],
])('%j is refused with a reason', async (args, code, text) => {
  const { exitCode, stderr } = await basalt(...args);
  expect(stderr).toContain(text);
  expect(exitCode).toBe(code);
});

test('templates and their parameters as JSON', async () => {
  const { stdout } = await basalt('render', 'registry', '--help-parameters', '--json');
  const line = stdout.split('\n').find((each) => each.includes('"type":"result"')) ?? '{}';
  const { result } = JSON.parse(line);
  expect(result).toMatchObject({ name: 'registry', features: ['registry'] });
  expect(result.parameters.find(({ name }: { name: string }) => name === 'key')).toMatchObject({
    secret: true,
  });
});
