/** Names of users and groups as a tree's own /etc/passwd and /etc/group have them. */
import { readTreeText } from './package-database.ts';
import type { Tree } from './tree.ts';

export interface Accounts {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

/** Reads the accounts of a tree. */
export function readAccounts(tree: Tree): Accounts {
  return { users: idsOf(tree, '/etc/passwd'), groups: idsOf(tree, '/etc/group') };
}

/** The number of an account given by name or number, or undefined when there is none. */
export function accountId(accounts: ReadonlyMap<string, number>, nameOrNumber: string): number | undefined {
  return /^\d+$/.test(nameOrNumber) ? Number(nameOrNumber) : accounts.get(nameOrNumber);
}

function idsOf(tree: Tree, path: string): Map<string, number> {
  const ids = new Map<string, number>();
  for (const line of (readTreeText(tree, path) ?? '').split('\n')) {
    const [name, , id] = line.split(':');
    if (name && id) ids.set(name, Number(id));
  }
  return ids;
}
