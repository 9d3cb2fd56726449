import { expect, test } from 'vitest';
import { readAccounts } from '../../../src/agent/machine/accounts.ts';
import { foreignLink } from '../../../src/agent/machine/links-on-the-way.ts';
import { keepOriginal } from '../../../src/agent/perform/originals.ts';
import { putInPlace, removeBeside, removeFolders, writeBeside } from '../../../src/agent/perform/paths.ts';
import { planPaths } from '../../../src/agent/plan/paths.ts';
import { nothingPlaced } from '../../../src/agent/state/placed.ts';
import { textFile } from '../../../src/agent/wanted/wanted.ts';
import { FakeHost } from '../../support/fake-host.ts';

const HOME = '/var/home/ada';
const FILE = '/home/ada/.config/rule';

/** ada's ~/.config leads to root's rules. */
function machine(links: Readonly<Record<string, string>> = { [`${HOME}/.config`]: '/etc/sudoers.d' }) {
  const files = {
    '/etc/passwd': 'root:x:0:0::/root:/bin/bash\n',
    '/etc/group': 'root:x:0:\n',
    '/etc/sudoers.d/rule': 'of root',
    '/etc/sudoers.d/.rule.basalt-new': 'of root',
    [`${HOME}/own`]: '',
  };
  const owners = { [HOME]: 1001, ...Object.fromEntries(Object.keys(links).map((link) => [link, 1001])) };
  const host = new FakeHost({ files, owners });
  host.link('var/home', '/home');
  host.link('/run', '/var/run');
  for (const [link, target] of Object.entries(links)) host.link(target, link);
  return host;
}

test.each([
  [FILE, `${HOME}/.config`],
  [`${HOME}/.config/deeper/rule`, `${HOME}/.config`],
  ['/home/ada/.new/rule', undefined],
  ['/home/ada/.config', undefined],
  ['/var/run/x/y', undefined],
])('%s: %s', (path, link) => {
  expect(foreignLink(machine(), path)).toBe(link);
});

test('a link of root is no better in a folder of a user, or behind one', () => {
  const host = machine({});
  host.link('/etc/sudoers.d', `${HOME}/of-root`);
  host.link('/var/home/ada/of-root', '/srv');
  expect(foreignLink(host, '/home/ada/of-root/x')).toBe(`${HOME}/of-root`);
  expect(foreignLink(host, '/srv/x')).toBe(`${HOME}/of-root`);
});

test('links that lead to each other end', () => {
  const host = machine({});
  host.link('/b', '/a');
  host.link('/a', '/b');
  expect(foreignLink(host, '/a/x')).toMatch(/^\/[ab]$/);
});

test('a plan refuses it, and forgets what was placed there', () => {
  const host = machine();
  const accounts = readAccounts(host);
  const wish = textFile(FILE, new Uint8Array([1]));
  expect(() => planPaths(host, accounts, [wish], [])).toThrow(
    /rule cannot be written: \/var\/home\/ada\/\.config is a link to \/etc\/sudoers\.d, in a folder/,
  );
  const placed = [{ path: FILE, kind: 'file', original: { kind: 'nothing' } } as const];
  expect(planPaths(host, accounts, [], placed)).toEqual({ keep: [], changes: [], placed: [] });
});

test('nothing is written, kept, given back or removed through it', () => {
  const host = machine();
  const file = textFile(FILE, new Uint8Array([1]));
  expect(() => writeBeside(host, file)).toThrow(/^write .*root does not follow it$/);
  expect(() => keepOriginal(host, { path: FILE, saved: '1' })).toThrow(/^keep /);
  expect(() => putInPlace(host, { kind: 'write', path: FILE, file })).toThrow(/^write /);
  expect(() => putInPlace(host, { kind: 'link', path: FILE, target: '/x' })).toThrow(/^link /);
  expect(() => putInPlace(host, { kind: 'remove', path: FILE })).toThrow(/^remove /);
  expect(() =>
    putInPlace(host, { kind: 'restore', path: FILE, back: { kind: 'link', target: '/x' } }),
  ).toThrow(/^restore /);
  removeBeside(host, [{ path: FILE }]);
  expect(removeFolders(host, { ...nothingPlaced, folders: ['/home/ada/.config'] })).toEqual([]);
  expect(host.list('/etc/sudoers.d')).toEqual(['.rule.basalt-new', 'rule']);
  expect(host.readText('/etc/sudoers.d/rule')).toBe('of root');
  expect(host.kind(`${HOME}/.config`)).toBe('symlink');
});
