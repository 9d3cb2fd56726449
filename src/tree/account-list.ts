/**
 * The accounts of an image as sysusers.d(5) lines. A machine whose configuration added a user has an /etc/passwd and
 * an /etc/group of its own, which do not follow new versions of the image: systemd-sysusers adds what they lack.
 */
import { readTreeText } from './package-database.ts';
import type { Tree } from './tree.ts';

const LIST = '/usr/lib/sysusers.d/basalt.conf';
const FOLDERS = ['/usr/lib/sysusers.d', '/etc/sysusers.d'];

/** The day that systemd-sysusers writes into accounts that are locked as a whole (shadow(5), eighth field). */
const EXPIRED = '1';

/**
 * Writes the list of all users, groups and memberships. It takes the place of packages' sysusers.d files: these have
 * been carried out, know no numbers, and would be reported as conflicts.
 */
export function writeAccountList(tree: Tree): void {
  const lines = accountLines(tree);
  for (const folder of FOLDERS) tree.empty(folder);
  tree.setText(
    LIST,
    `# The accounts of this image, with their numbers. Written by Basalt.\n${lines.join('\n')}\n`,
  );
}

function accountLines(tree: Tree): string[] {
  const groups = fieldsOf(tree, '/etc/group').map(([name = '', , gid = '', members = '']) => ({
    name,
    gid,
    members: members.split(',').filter((member) => member !== ''),
  }));
  const groupNames = new Map(groups.map(({ name, gid }) => [gid, name]));
  const locked = new Set(
    fieldsOf(tree, '/etc/shadow').flatMap((fields) => (fields[7] === EXPIRED ? [fields[0]] : [])),
  );
  return [
    ...groups.map(({ name, gid }) => `g ${name} ${gid}`),
    ...fieldsOf(tree, '/etc/passwd').map(
      ([name = '', , uid, gid = '', description = '', home = '', shell = '']) =>
        [
          locked.has(name) ? 'u!' : 'u',
          name,
          `${uid}:${groupNames.get(gid) ?? gid}`,
          quoted(description),
          quoted(home.length > 1 ? home.replace(/\/+$/, '') : home),
          quoted(shell),
        ].join(' '),
    ),
    ...groups.flatMap(({ name, members }) => members.map((member) => `m ${member} ${name}`)),
  ];
}

function fieldsOf(tree: Tree, path: string): string[][] {
  const lines = (readTreeText(tree, path) ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => line.split(':'));
}

/** A field of sysusers.d(5): `-` is an empty one, and "%" begins a specifier. */
function quoted(text: string): string {
  if (text === '') return '-';
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('%', '%%')}"`;
}
