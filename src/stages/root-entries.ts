/** Lays a recipe's files, directories and links over a tree. */
import { readFile, stat } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import type { RootEntry } from '../plan/catalogue.ts';
import { accountId, readAccounts } from '../tree/accounts.ts';
import type { Tree } from '../tree/tree.ts';
import type { StageContext } from './stage.ts';

/** Files up to this size are read into memory at once; larger ones are streamed from where they are. */
const INLINE_BYTES = 256 * 1024;

/** Lays entries over the tree in order. All belong to root until {@link giveOwners}. */
export async function layEntries(
  tree: Tree,
  entries: readonly RootEntry[],
  context: StageContext<'root'>,
): Promise<void> {
  for (const entry of entries) {
    const path = tree.resolveParents(entry.path);
    if (entry.kind === 'symlink') {
      tree.remove(path);
      tree.setLink(path, entry.target);
      continue;
    }
    if (entry.kind === 'directory') {
      if (tree.get(path)?.kind !== 'directory') tree.remove(path);
      tree.setDirectory(path, entry.mode);
      continue;
    }
    const file = await context.fileOf(entry.sha256);
    const { size } = await stat(file);
    tree.remove(path);
    tree.set(path, {
      kind: 'file',
      mode: entry.mode,
      uid: 0,
      gid: 0,
      content:
        size <= INLINE_BYTES
          ? { kind: 'bytes', bytes: await readFile(file) }
          : { kind: 'range', file, offset: 0, sizeBytes: size },
    });
  }
}

/**
 * Gives entries to their owners, when all accounts exist: the recipe's own are made by systemd-sysusers.
 * @throws {UserError} when an owner or group does not exist in the image.
 */
export function giveOwners(tree: Tree, entries: readonly RootEntry[]): void {
  const accounts = readAccounts(tree);
  for (const entry of entries) {
    if (entry.kind === 'symlink') continue;
    const path = tree.resolveParents(entry.path);
    const node = tree.get(path);
    if (node?.kind !== entry.kind) continue;
    const uid = idOf(accounts.users, entry.owner, 'owner', entry.path);
    const gid = idOf(accounts.groups, entry.group, 'group', entry.path);
    if (uid !== 0 || gid !== 0) tree.set(path, { ...node, uid, gid });
  }
}

function idOf(ids: ReadonlyMap<string, number>, name: string, what: 'owner' | 'group', path: string): number {
  const id = accountId(ids, name);
  if (id !== undefined) return id;
  throw new UserError('account-unknown', `the ${what} of a file does not exist in the image`, {
    where: path,
    seen: `${what}: ${name}`,
    needed: `one of ${[...ids.keys()].sort().join(', ')}, or a number`,
  });
}
