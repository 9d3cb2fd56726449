import { expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { reserveIds, settleIds, stableId } from '../../../src/tree/account-ids.ts';
import { KNOWN_ACCOUNTS } from '../../../src/tree/known-accounts.ts';
import { readTreeText } from '../../../src/tree/package-database.ts';
import { keepState } from '../../../src/tree/state.ts';
import { Tree } from '../../../src/tree/tree.ts';

const STATIC_USERS = ['root:x:0:0:root:/root:/bin/bash', 'core:x:1000:1000:Operator:/home/core:/bin/bash'];
const STATIC_GROUPS = ['root:x:0:', 'adm:x:4:core', 'users:x:100:', 'nogroup:x:65534:', 'core:x:1000:'];

function treeWith(users: readonly string[], groups: readonly string[]): Tree {
  const tree = new Tree();
  tree.setText('/etc/passwd', `${[...STATIC_USERS, ...users].join('\n')}\n`);
  tree.setText('/etc/group', `${[...STATIC_GROUPS, ...groups].join('\n')}\n`);
  return tree;
}

/** Name → number, of /etc/passwd or /etc/group. */
function idsIn(tree: Tree, path: string): Record<string, number> {
  const lines = (readTreeText(tree, path) ?? '').split('\n').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => [line.split(':')[0], Number(line.split(':')[2])]));
}

const ownerOf = (tree: Tree, path: string) => [tree.get(path)?.uid, tree.get(path)?.gid];

/** Two names whose computed numbers are the same. */
function twins(): [string, string, number] {
  const seen = new Map<number, string>();
  for (let index = 0; ; index++) {
    const name = `svc${String(index).padStart(4, '0')}`;
    const id = stableId(name, {});
    const other = seen.get(id);
    if (other !== undefined) return [other, name, id];
    seen.set(id, name);
  }
}

function failureOf(act: () => void): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('users, groups and what belongs to them get the numbers of their names, primary groups included', () => {
  const tree = treeWith(
    [
      'etcd:x:100:103::/var/lib/etcd:/usr/sbin/nologin',
      'sshd:x:989:65534:sshd user:/run/sshd:/usr/sbin/nologin',
    ],
    ['_ssh:x:101:', 'docker:x:102:core', 'etcd:x:103:'],
  );
  tree.setDirectory('/var/lib/etcd', 0o700, 100, 103);
  tree.setDirectory('/usr/bin/ssh-agent', 0o2755, 0, 101);
  tree.setDirectory('/home-of-users', 0o755, 1000, 100);
  settleIds(tree, {});
  const { etcd = 0, sshd = 0, _ssh = 0, docker = 0 } = KNOWN_ACCOUNTS;
  expect(readTreeText(tree, '/etc/passwd')?.split('\n').slice(2)).toEqual([
    `etcd:x:${etcd}:${etcd}::/var/lib/etcd:/usr/sbin/nologin`,
    `sshd:x:${sshd}:65534:sshd user:/run/sshd:/usr/sbin/nologin`,
    '',
  ]);
  expect(readTreeText(tree, '/etc/group')?.split('\n').slice(5)).toEqual([
    `_ssh:x:${_ssh}:`,
    `docker:x:${docker}:core`,
    `etcd:x:${etcd}:`,
    '',
  ]);
  expect(ownerOf(tree, '/var/lib/etcd')).toEqual([etcd, etcd]);
  expect(ownerOf(tree, '/usr/bin/ssh-agent')).toEqual([0, _ssh]);
  expect(tree.get('/usr/bin/ssh-agent')?.mode).toBe(0o2755);
  // Neither Debian's group "users" nor people's numbers move.
  expect(ownerOf(tree, '/home-of-users')).toEqual([1000, 100]);
});

test('numbers may change places: everything moves at once', () => {
  const { etcd = 0, docker = 0 } = KNOWN_ACCOUNTS;
  const tree = treeWith([], [`etcd:x:${docker}:`, `docker:x:${etcd}:`]);
  tree.setDirectory('/a', 0o755, 0, docker);
  tree.setDirectory('/b', 0o755, 0, etcd);
  settleIds(tree, {});
  expect([ownerOf(tree, '/a'), ownerOf(tree, '/b')]).toEqual([
    [0, etcd],
    [0, docker],
  ]);
});

test('one account more changes no other, and the order of installation nothing', () => {
  const users = ['etcd', 'messagebus', 'probe', 'other'];
  const lines = (names: readonly string[], first: number) =>
    names.map((name, index) => `${name}:x:${first + index}:${first + index}::/:/usr/sbin/nologin`);
  const groups = (names: readonly string[], first: number) =>
    names.map((name, index) => `${name}:x:${first + index}:`);
  const before = treeWith(lines(users, 101), groups(users, 101));
  const more = ['tcpdump', 'newcomer', ...users.toReversed()];
  const after = treeWith(lines(more, 990), groups(more, 990));
  for (const tree of [before, after]) settleIds(tree, {});
  for (const file of ['/etc/passwd', '/etc/group'])
    for (const name of users) expect(idsIn(after, file)[name]).toBe(idsIn(before, file)[name]);
  // These are on machines' disks: they must never be others.
  const known = ['probe', 'newcomer', 'etcd', 'docker', '_ssh', 'messagebus', 'systemd-network'];
  expect(known.map((name) => stableId(name, {}))).toEqual([743, 879, 141, 140, 130, 111, 102]);
});

test('a tree that has the numbers already stays as it is', () => {
  const tree = treeWith(['probe:x:101:101::/:/bin/sh'], ['probe:x:101:']);
  settleIds(tree, {});
  const once = readTreeText(tree, '/etc/passwd');
  settleIds(tree, {});
  expect(readTreeText(tree, '/etc/passwd')).toBe(once);
});

test('two names with one number are refused, with what to write into the recipe; then the build goes on', () => {
  const [one, other, id] = twins();
  const make = () =>
    treeWith(
      [`${one}:x:101:101::/:/bin/sh`, `${other}:x:102:102::/:/bin/sh`],
      [`${one}:x:101:`, `${other}:x:102:`],
    );
  const error = failureOf(() => settleIds(make(), {}));
  expect(error.code).toBe('account-ids-meet');
  expect(error.seen).toBe(`${one} and ${other} both have ${id}`);
  const advice = /accountIds: \{ (\S+): (\d+) \}/.exec(error.next[0] ?? '');
  expect(advice?.[1]).toBe(other);
  const tree = make();
  settleIds(tree, { [other]: Number(advice?.[2]) });
  expect(idsIn(tree, '/etc/passwd')).toMatchObject({ [one]: id, [other]: Number(advice?.[2]) });
});

test('a number chosen for one account that another keeps is refused', () => {
  for (const [chosen, holder] of [
    [100, 'users'],
    [1000, 'core'],
    [KNOWN_ACCOUNTS.etcd ?? 0, 'etcd'],
  ] as const) {
    const tree = treeWith(['probe:x:101:101::/:/bin/sh', 'etcd:x:102:102::/:/bin/sh'], []);
    const error = failureOf(() => settleIds(tree, { probe: chosen }));
    expect(error.seen).toContain(holder);
    expect(error.seen).toContain('probe');
  }
});

test('a file of a number without an account does not become the property of one', () => {
  const { etcd = 0 } = KNOWN_ACCOUNTS;
  const make = (uid: number, gid: number) => {
    const tree = treeWith(['etcd:x:101:101::/:/bin/sh'], ['etcd:x:101:']);
    tree.setDirectory('/srv-of-nobody', 0o755, uid, gid);
    return tree;
  };
  expect(failureOf(() => settleIds(make(etcd, 0), {}))).toMatchObject({
    code: 'account-unknown',
    where: '/srv-of-nobody',
    seen: `user ${etcd}`,
  });
  expect(failureOf(() => settleIds(make(0, etcd), {})).seen).toBe(`group ${etcd}`);
  const elsewhere = make(777, 777);
  settleIds(elsewhere, {});
  expect(ownerOf(elsewhere, '/srv-of-nobody')).toEqual([777, 777]);
});

test('the table has each number once, in the range that is neither computed nor the machine’s', () => {
  const numbers = Object.values(KNOWN_ACCOUNTS);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers.filter((id) => id <= 100 || id >= 400)).toEqual([]);
  for (const name of ['a', 'probe', 'docker-x']) {
    expect(stableId(name, {})).toBeGreaterThanOrEqual(400);
    expect(stableId(name, {})).toBeLessThan(900);
  }
});

test('a name that objects have by nature is a name like any other', () => {
  expect(stableId('constructor', {})).toBeGreaterThanOrEqual(400);
});

test('system accounts that a machine makes get numbers that images never have', () => {
  const tree = new Tree();
  tree.setText('/etc/login.defs', 'UID_MIN 1000\n#SYS_UID_MIN\t101\n SYS_GID_MIN\t950\n');
  reserveIds(tree);
  const text = readTreeText(tree, '/etc/login.defs') ?? '';
  expect(text).toMatch(/^SYS_UID_MIN 900$/m);
  expect(text.match(/^\s*SYS_GID_MIN\s.*$/gm)).toEqual([' SYS_GID_MIN\t950']);
  expect(text.startsWith('UID_MIN 1000\n')).toBe(true);
  const without = new Tree();
  reserveIds(without);
  expect(without.has('/etc/login.defs')).toBe(false);
});

test('state of /var names its owners', () => {
  const tree = treeWith(['etcd:x:141:141::/:/bin/sh'], ['etcd:x:141:']);
  tree.setDirectory('/var/lib/etcd', 0o700, 141, 141);
  tree.setDirectory('/var/lib/stray', 0o700, 55, 141);
  keepState(tree);
  expect(readTreeText(tree, '/usr/lib/tmpfiles.d/basalt-var.conf')).toContain(
    'd /var/lib/etcd 0700 etcd etcd -\n',
  );
  expect(readTreeText(tree, '/usr/lib/tmpfiles.d/basalt-var.conf')).toContain(
    'd /var/lib/stray 0700 55 etcd -\n',
  );
});
