import { expect, test } from 'vitest';
import { readAccounts } from '../../../src/agent/machine/accounts.ts';
import { commandFor } from '../../../src/agent/perform/users.ts';
import { planUsers } from '../../../src/agent/plan/users.ts';
import type { PlacedUser } from '../../../src/agent/state/placed.ts';
import type { UserConfig } from '../../../src/cloud-config/config.ts';
import { FakeHost } from '../../support/fake-host.ts';

const HASH = '$6$salt$hash';
const accounts = readAccounts(
  new FakeHost({
    files: {
      '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\ncore:x:1000:1000:Core:/home/core:/bin/bash\n',
      '/etc/group': 'root:x:0:\ncore:x:1000:\ndocker:x:990:core\n',
      '/etc/shadow': 'root:*:1::::::\ncore:!*:1:::::1:\n',
    },
  }),
);

const user = (more: Partial<UserConfig> & { name: string }): UserConfig => ({
  gecos: undefined,
  passwordHash: undefined,
  home: undefined,
  createHome: true,
  primaryGroup: undefined,
  groups: [],
  createUserGroup: true,
  sshAuthorizedKeys: [],
  sshKeyUrls: [],
  system: false,
  logInit: true,
  shell: undefined,
  ...more,
});

const placed = (more: Partial<PlacedUser> & { name: string }): PlacedUser => ({
  created: false,
  locked: false,
  before: {},
  groups: [],
  ...more,
});

const commands = (wanted: UserConfig[], before: PlacedUser[] = []) =>
  planUsers(accounts, wanted, before).changes.map((change) => commandFor(change).join(' '));

test('a new user, with every field', () => {
  expect(
    commands([
      user({
        name: 'ada',
        gecos: 'Ada L',
        passwordHash: HASH,
        home: '/var/ada',
        createHome: false,
        primaryGroup: 'docker',
        groups: ['sudo'],
        system: true,
        logInit: false,
        shell: '/bin/sh',
      }),
    ]),
  ).toEqual([
    'groupadd --system -- sudo',
    'useradd --comment Ada L --home-dir /var/ada --no-create-home --gid docker --groups sudo --system --no-log-init --shell /bin/sh -- ada',
    'chpasswd --encrypted',
  ]);
});

test('a new user has no password unless it is given one, and a group of its own', () => {
  expect(
    commands([user({ name: 'ada' }), user({ name: 'bob', createUserGroup: false, groups: ['ada'] })]),
  ).toEqual([
    'useradd --create-home --user-group --shell /bin/bash -- ada',
    'usermod --password * -- ada',
    'useradd --create-home --no-user-group --groups ada --shell /bin/bash -- bob',
    'usermod --password * -- bob',
  ]);
});

test('a user of the image keeps what the configuration does not say', () => {
  expect(commands([user({ name: 'core', groups: ['docker'] })])).toEqual([]);
  expect(commands([user({ name: 'core', shell: '/bin/sh', groups: ['docker', 'core'] })])).toEqual([
    'usermod --shell /bin/sh -- core',
  ]);
});

test('what was changed is remembered as it was, once', () => {
  const plan = planUsers(accounts, [user({ name: 'core', gecos: 'New', passwordHash: HASH })], []);
  expect(plan.placed).toEqual([placed({ name: 'core', before: { gecos: 'Core', passwordHash: '!*' } })]);
  const again = planUsers(
    accounts,
    [user({ name: 'core', gecos: 'Newer' })],
    [placed({ name: 'core', before: { gecos: 'First' } })],
  );
  expect(again.placed[0]?.before).toEqual({ gecos: 'First' });
});

test('a user that the agent made is locked, once, and stays known', () => {
  const made = placed({ name: 'core', created: true });
  const plan = planUsers(accounts, [], [made]);
  expect(plan.changes).toEqual([{ kind: 'lock', name: 'core' }]);
  expect(plan.placed).toEqual([{ ...made, locked: true }]);
  expect(planUsers(accounts, [], plan.placed).changes).toEqual([]);
  expect(planUsers(accounts, [user({ name: 'core' })], plan.placed).changes).toContainEqual({
    kind: 'unlock',
    name: 'core',
  });
});

test('groups that the configuration gave are taken away, those of the image stay', () => {
  expect(commands([user({ name: 'core' })], [placed({ name: 'core', groups: ['docker'] })])).toEqual([
    'gpasswd --delete core docker',
  ]);
  expect(commands([user({ name: 'core' })], [placed({ name: 'core' })])).toEqual([]);
});

test('no command line has a hash in it', () => {
  expect(commands([user({ name: 'ada', passwordHash: HASH })]).join('\n')).not.toContain(HASH);
});
