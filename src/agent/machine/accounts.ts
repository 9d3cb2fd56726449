/** This machine's users and groups: passwd(5), group(5), shadow(5). */
import type { Host } from '../host.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
  readonly passwordHash: string;
  /** Has an expiry date: the agent locks with one. */
  readonly expires: boolean;
}

export interface Group {
  readonly gid: number;
  readonly members: readonly string[];
}

export interface Accounts {
  readonly users: ReadonlyMap<string, Account>;
  readonly groups: ReadonlyMap<string, Group>;
}

export function readAccounts(host: Host): Accounts {
  const shadow = new Map(lines(host, '/etc/shadow').map((fields) => [fields[0] ?? '', fields]));
  const users = lines(host, '/etc/passwd').map((fields): [string, Account] => {
    const [name = '', , uid, gid, gecos = '', home = '', shell = ''] = fields;
    const secret = shadow.get(name);
    return [
      name,
      {
        name,
        uid: Number(uid),
        gid: Number(gid),
        gecos,
        home,
        shell,
        passwordHash: secret?.[1] ?? '',
        expires: (secret?.[7] ?? '') !== '',
      },
    ];
  });
  const groups = lines(host, '/etc/group').map(([name = '', , gid, members = '']): [string, Group] => [
    name,
    { gid: Number(gid), members: members.split(',').filter((member) => member !== '') },
  ]);
  return { users: new Map(users), groups: new Map(groups) };
}

/**
 * Ids of an owner as chown(1) takes it; of a user alone, the group is root.
 * @returns Undefined when the user or the group is not there.
 */
export function ownerIds(accounts: Accounts, owner: string): { uid: number; gid: number } | undefined {
  const [user = '', group] = owner.split(':');
  const uid = /^[0-9]+$/.test(user) ? Number(user) : accounts.users.get(user)?.uid;
  const gid =
    group === undefined ? 0 : /^[0-9]+$/.test(group) ? Number(group) : accounts.groups.get(group)?.gid;
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function lines(host: Host, path: string): string[][] {
  return (host.readText(path) ?? '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}
