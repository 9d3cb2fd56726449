/** Plans users: missing ones are made, others changed, those that no configuration names any more locked. */
import type { UserConfig } from '../../cloud-config/config.ts';
import type { Account, Accounts } from '../machine/accounts.ts';
import type { PlacedUser } from '../state/placed.ts';
import type { UserChange } from './changes.ts';

export interface UserPlan {
  readonly changes: readonly UserChange[];
  readonly placed: readonly PlacedUser[];
  readonly warnings: readonly string[];
}

/** What a user gets who is not told otherwise. */
const DEFAULT_SHELL = '/bin/bash';
/** shadow(5): no text hashes to it, so no password fits; keys still do. */
const NO_PASSWORD = '*';

/** Pure. */
export function planUsers(
  accounts: Accounts,
  wanted: readonly UserConfig[],
  placed: readonly PlacedUser[],
): UserPlan {
  const changes: UserChange[] = [...missingGroups(accounts, wanted)];
  const next: PlacedUser[] = [];
  const warnings: string[] = [];
  for (const user of wanted) {
    const account = accounts.users.get(user.name);
    const earlier = placed.find(({ name }) => name === user.name);
    if (account === undefined) {
      changes.push(...added(user));
      next.push(record(user.name, { created: true, groups: user.groups }));
      continue;
    }
    const plan = changed(accounts, account, user, earlier);
    changes.push(...plan.changes);
    next.push(plan.placed);
    if (user.home !== undefined && user.home !== account.home) {
      warnings.push(
        `users: ${user.name}: the home folder is ${account.home} and is not moved to ${user.home}: usermod --home ${user.home} --move-home ${user.name} does it`,
      );
    }
  }
  for (const user of placed) {
    if (wanted.some(({ name }) => name === user.name)) continue;
    const account = accounts.users.get(user.name);
    if (account === undefined) continue;
    const plan = left(accounts, account, user);
    changes.push(...plan.changes);
    if (plan.placed !== undefined) next.push(plan.placed);
  }
  return { changes, placed: next, warnings };
}

function record(name: string, more: Partial<PlacedUser>): PlacedUser {
  return { name, created: false, locked: false, before: {}, groups: [], ...more };
}

function missingGroups(accounts: Accounts, wanted: readonly UserConfig[]): UserChange[] {
  const named = wanted.flatMap(({ groups, primaryGroup }) => [
    ...groups,
    ...(primaryGroup === undefined ? [] : [primaryGroup]),
  ]);
  return [...new Set(named)]
    .filter((name) => !accounts.groups.has(name) && !makesOwnGroup(accounts, wanted, name))
    .map((name) => ({ kind: 'add-group', name }));
}

/** useradd(8) refuses to make a user's own group when it is there already. */
function makesOwnGroup(accounts: Accounts, wanted: readonly UserConfig[], group: string): boolean {
  const user = wanted.find(({ name }) => name === group);
  return (
    user !== undefined &&
    !accounts.users.has(group) &&
    user.createUserGroup &&
    user.primaryGroup === undefined
  );
}

function added(user: UserConfig): UserChange[] {
  const { name, gecos, home, createHome, primaryGroup, groups, createUserGroup, system, logInit, shell } =
    user;
  const option = (key: string, value: string | undefined) => (value === undefined ? [] : [key, value]);
  const options = [
    ...option('--comment', gecos),
    ...option('--home-dir', home),
    createHome ? '--create-home' : '--no-create-home',
    ...option('--gid', primaryGroup),
    ...(primaryGroup === undefined ? [createUserGroup ? '--user-group' : '--no-user-group'] : []),
    ...(groups.length > 0 ? ['--groups', groups.join(',')] : []),
    ...(system ? ['--system'] : []),
    ...(logInit ? [] : ['--no-log-init']),
    '--shell',
    shell ?? DEFAULT_SHELL,
  ];
  return [
    { kind: 'add-user', name, options },
    { kind: 'set-password', name, hash: user.passwordHash ?? NO_PASSWORD },
  ];
}

function changed(
  accounts: Accounts,
  account: Account,
  user: UserConfig,
  earlier: PlacedUser | undefined,
): { changes: UserChange[]; placed: PlacedUser } {
  const { name } = user;
  const created = earlier?.created ?? false;
  // What the configuration no longer says becomes what it was before; of a user that the agent made, the default.
  const was = earlier?.before ?? {};
  const gecos = user.gecos ?? (created ? '' : was.gecos);
  const shell = user.shell ?? (created ? DEFAULT_SHELL : was.shell);
  const passwordHash = user.passwordHash ?? (created ? NO_PASSWORD : was.passwordHash);
  const differs = (value: string | undefined, has: string) => value !== undefined && value !== has;
  const changes: UserChange[] = [];

  const groups = user.groups.filter((group) => !isIn(accounts, account, group));
  const options = [
    ...(differs(gecos, account.gecos) ? ['--comment', gecos ?? ''] : []),
    ...(differs(shell, account.shell) ? ['--shell', shell ?? ''] : []),
    ...(user.primaryGroup !== undefined && accounts.groups.get(user.primaryGroup)?.gid !== account.gid
      ? ['--gid', user.primaryGroup]
      : []),
    ...(groups.length > 0 ? ['--append', '--groups', groups.join(',')] : []),
  ];
  if (earlier?.locked === true && account.expires) changes.push({ kind: 'unlock', name });
  if (options.length > 0) changes.push({ kind: 'change-user', name, options });
  if (differs(passwordHash, account.passwordHash)) {
    changes.push({ kind: 'set-password', name, hash: passwordHash ?? NO_PASSWORD });
  }
  const put = earlier?.groups ?? [];
  const unwanted = put.filter((group) => !user.groups.includes(group));
  for (const group of unwanted) {
    if (isIn(accounts, account, group)) changes.push({ kind: 'leave-group', name, group });
  }
  const before = {
    ...was,
    ...(was.gecos === undefined && user.gecos !== undefined ? { gecos: account.gecos } : {}),
    ...(was.shell === undefined && user.shell !== undefined ? { shell: account.shell } : {}),
    ...(was.passwordHash === undefined && user.passwordHash !== undefined
      ? { passwordHash: account.passwordHash }
      : {}),
  };
  const kept = [...put.filter((group) => !unwanted.includes(group)), ...groups];
  return {
    changes,
    placed: record(name, { created, before: created ? {} : before, groups: [...new Set(kept)] }),
  };
}

function left(
  accounts: Accounts,
  account: Account,
  user: PlacedUser,
): { changes: UserChange[]; placed: PlacedUser | undefined } {
  const { name } = user;
  // Files would lose their owner: it stays, and nobody can log in as it.
  if (user.created) {
    return {
      changes: user.locked && account.expires ? [] : [{ kind: 'lock', name }],
      placed: { ...user, locked: true },
    };
  }
  const { gecos, shell, passwordHash } = user.before;
  const options = [
    ...(gecos !== undefined && gecos !== account.gecos ? ['--comment', gecos] : []),
    ...(shell !== undefined && shell !== account.shell ? ['--shell', shell] : []),
  ];
  const changes: UserChange[] = options.length > 0 ? [{ kind: 'change-user', name, options }] : [];
  if (passwordHash !== undefined && passwordHash !== account.passwordHash) {
    changes.push({ kind: 'set-password', name, hash: passwordHash });
  }
  for (const group of user.groups) {
    if (isIn(accounts, account, group)) changes.push({ kind: 'leave-group', name, group });
  }
  return { changes, placed: undefined };
}

function isIn(accounts: Accounts, account: Account, group: string): boolean {
  const found = accounts.groups.get(group);
  return found !== undefined && (found.gid === account.gid || found.members.includes(account.name));
}
