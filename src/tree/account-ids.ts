/**
 * Gives the system accounts of a tree numbers that depend on their names alone. Packages' scripts and systemd-sysusers
 * take the next free number, so that one package more would give files on a machine's /var to another account.
 */
import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import { KNOWN_ACCOUNTS } from './known-accounts.ts';
import { readTreeText } from './package-database.ts';
import type { Tree } from './tree.ts';

/** Numbers that are given out as they come (Debian policy, 9.2.2; systemd has them up to 999 as well). */
const DYNAMIC = { first: 100, last: 999 };
/** Debian's own group with a number among them (base-passwd). */
const STATIC_GROUPS: Readonly<Record<string, number>> = { users: 100 };
/** Numbers of names that are not in the table. What is above is the machine's own, see {@link reserveIds}. */
const COMPUTED = { first: 400, count: 500 };
/** The first number that machines give to system accounts of their own. */
const FIRST_OF_MACHINE = COMPUTED.first + COMPUTED.count;

/** One line of passwd(5) or group(5), cut at its colons. */
type Fields = readonly string[];

/** Old number → new number. */
type Moves = ReadonlyMap<number, number>;

/**
 * The number of a system account in every image.
 * @param chosen Numbers that a recipe gives, by name.
 */
export function stableId(name: string, chosen: Readonly<Record<string, number>>): number {
  if (Object.hasOwn(chosen, name)) return chosen[name] as number;
  if (Object.hasOwn(KNOWN_ACCOUNTS, name)) return KNOWN_ACCOUNTS[name] as number;
  return COMPUTED.first + (createHash('sha256').update(name).digest().readUInt32BE(0) % COMPUTED.count);
}

/**
 * Gives users and groups with numbers from 100 to 999 their {@link stableId}, and what belongs to them to them.
 * @param chosen Numbers that the recipe gives, by name.
 * @throws {UserError} when two accounts would have the same number.
 */
export function settleIds(tree: Tree, chosen: Readonly<Record<string, number>>): void {
  const passwd = linesOf(tree, '/etc/passwd');
  const group = linesOf(tree, '/etc/group');
  const users = passwd.filter(isDynamic);
  const groups = group.filter((fields) => isDynamic(fields) && !isStaticGroup(fields));
  const names = new Set([...users, ...groups].map(([name = '']) => name));
  const ids = new Map([...names].sort().map((name) => [name, stableId(name, chosen)] as const));
  const others = [...passwd, ...group].filter(([name = '']) => !names.has(name));
  refuseMeetings(ids, new Map(others.map(([name = '', , id]) => [Number(id), name])));

  const uids = movesOf(users, ids);
  const gids = movesOf(groups, ids);
  refuseStrangers(tree, uids, gids);
  for (const [path, node] of tree.under('/')) {
    const uid = uids.get(node.uid) ?? node.uid;
    const gid = gids.get(node.gid) ?? node.gid;
    if (uid !== node.uid || gid !== node.gid) tree.set(path, { ...node, uid, gid });
  }
  rewrite(tree, '/etc/passwd', passwd, (fields) => moved(moved(fields, 2, uids), 3, gids));
  rewrite(tree, '/etc/group', group, (fields) => moved(fields, 2, gids));
}

/**
 * Leaves numbers for system accounts that are made on a machine (useradd --system): images never have them.
 * A tree without login.defs(5), and a setting of the recipe's own, stay as they are.
 */
export function reserveIds(tree: Tree): void {
  const path = '/etc/login.defs';
  const node = tree.get(path);
  const text = readTreeText(tree, path);
  if (node?.kind !== 'file' || text === undefined) return;
  const missing = ['SYS_UID_MIN', 'SYS_GID_MIN'].filter(
    (key) => !new RegExp(`^\\s*${key}\\s`, 'm').test(text),
  );
  if (missing.length === 0) return;
  const lines = [
    '',
    '# Lower numbers are those of images. Written by Basalt.',
    ...missing.map((key) => `${key} ${FIRST_OF_MACHINE}`),
    '',
  ];
  const bytes = Buffer.from(`${text.trimEnd()}\n${lines.join('\n')}`);
  tree.set(path, { ...node, content: { kind: 'bytes', bytes } });
}

function linesOf(tree: Tree, path: string): Fields[] {
  const lines = (readTreeText(tree, path) ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => line.split(':'));
}

function isDynamic([, , id]: Fields): boolean {
  return Number(id) >= DYNAMIC.first && Number(id) <= DYNAMIC.last;
}

function isStaticGroup([name = '', , id]: Fields): boolean {
  return STATIC_GROUPS[name] === Number(id);
}

/** @param others Accounts that keep the number they have. */
function refuseMeetings(ids: ReadonlyMap<string, number>, others: ReadonlyMap<number, string>): void {
  const owners = new Map(others);
  for (const [name, id] of ids) {
    const other = owners.get(id);
    if (other !== undefined) throw meeting(other, name, id, new Set([...others.keys(), ...ids.values()]));
    owners.set(id, name);
  }
}

function meeting(one: string, other: string, id: number, taken: ReadonlySet<number>): UserError {
  let free = COMPUTED.first;
  while (taken.has(free)) free++;
  return new UserError('account-ids-meet', 'two accounts of the image have the same number', {
    seen: `${one} and ${other} both have ${id}`,
    needed: 'a number for each that is the same in every version of the image',
    next: [
      `give the newer one another number in the recipe: accountIds: { ${other}: ${free} }, or ${one} in its place`,
    ],
  });
}

/** What belongs to a number that no account has must not become an account's. */
function refuseStrangers(tree: Tree, uids: Moves, gids: Moves): void {
  const newUids = new Set(uids.values());
  const newGids = new Set(gids.values());
  for (const [path, { uid, gid }] of tree.under('/')) {
    const strangeUser = !uids.has(uid) && newUids.has(uid);
    if (!strangeUser && (gids.has(gid) || !newGids.has(gid))) continue;
    throw new UserError('account-unknown', 'a file belongs to a number that no account of the image has', {
      where: path,
      seen: strangeUser ? `user ${uid}` : `group ${gid}`,
      needed: 'the number of an account: this one would become the number of another',
      next: ['have the hook or package that makes the file make its owner as well'],
    });
  }
}

function movesOf(lines: readonly Fields[], ids: ReadonlyMap<string, number>): Moves {
  return new Map(lines.map(([name = '', , id]) => [Number(id), ids.get(name) ?? Number(id)]));
}

function moved(fields: Fields, index: number, moves: Moves): Fields {
  const id = moves.get(Number(fields[index]));
  return id === undefined ? fields : fields.with(index, String(id));
}

function rewrite(
  tree: Tree,
  path: string,
  lines: readonly Fields[],
  change: (fields: Fields) => Fields,
): void {
  const node = tree.get(path);
  if (node?.kind !== 'file') return;
  const text = lines.map((fields) => `${change(fields).join(':')}\n`).join('');
  tree.set(path, { ...node, content: { kind: 'bytes', bytes: Buffer.from(text) } });
}
