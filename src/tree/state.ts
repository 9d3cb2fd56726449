/**
 * What is a machine's own leaves the image: identity, logs and caches go; what packages left in /var is
 * described for systemd-tmpfiles, which makes it again on each machine.
 */
import { type Accounts, readAccounts } from './accounts.ts';
import { globExpression } from './glob.ts';
import { readTreeText } from './package-database.ts';
import type { Tree, TreeNode } from './tree.ts';

/** Where the content of files below /var is kept: systemd-tmpfiles copies it from there (tmpfiles.d(5), `C`). */
const FACTORY = '/usr/share/factory';
const TMPFILES = '/usr/lib/tmpfiles.d/basalt-var.conf';

/** Removed everywhere: residue of installing packages, and what each machine must make for itself. */
const RESIDUE = [
  '/boot/**',
  '/dev/**',
  '/proc/**',
  '/run/**',
  '/sys/**',
  '/tmp/**',
  '/media/**',
  '/var/cache/**',
  '/var/log/**',
  '/var/tmp/**',
  '/var/lib/dpkg/*-old',
  '/var/lib/dpkg/lock*',
  '/var/lib/systemd/catalog/**',
  '/var/lib/systemd/random-seed',
  '/var/lib/dbus/machine-id',
  '/etc/ssh/ssh_host_*',
  '/etc/.pwd.lock',
  '/etc/.updated',
  '/var/.updated',
  '/etc/{passwd,group,shadow,gshadow,subuid,subgid}-',
  '/etc/**/*.dpkg-{old,new,dist,tmp}',
  '/etc/apt/**',
  '/etc/apt',
];

/** State of programs that only serve package installation: directories too, nothing on a machine reads them. */
const INSTALLER_STATE = [
  '/var/backups',
  '/var/cache/apt',
  '/var/cache/debconf',
  '/var/cache/ldconfig',
  '/var/lib/apt',
  '/var/lib/pam',
  '/var/lib/shells.state',
  '/var/lib/systemd/deb-systemd-helper-enabled',
  '/var/lib/systemd/deb-systemd-helper-masked',
  '/var/lib/systemd/deb-systemd-user-helper-enabled',
  '/var/lib/systemd/deb-systemd-user-helper-masked',
  '/var/lib/ucf',
];

/** Removes residue, and lets systemd make the machine's identity on first boot (machine-id(5)). */
export function removeResidue(tree: Tree): void {
  for (const path of INSTALLER_STATE) tree.remove(path);
  const expressions = RESIDUE.map(globExpression);
  for (const [path, node] of tree.under('/')) {
    // The directories of /var stay: they tell owner and mode to keepState.
    const keep = node.kind === 'directory' && path.startsWith('/var/');
    if (!keep && expressions.some((expression) => expression.test(path))) tree.remove(path);
  }
  tree.setText('/etc/machine-id', 'uninitialized\n', 0o444);
}

/**
 * Empties /var and writes the tmpfiles.d lines that make its content again: a line per directory, link and file,
 * with owner and mode. Owners are named: a machine's own /etc/passwd may have another number for one. Files are copied from {@link FACTORY} when they are missing.
 */
export function keepState(tree: Tree): void {
  const named = pathsNamedByTmpfiles(tree);
  const owners = ownerNames(readAccounts(tree));
  const lines: string[] = [];
  for (const [path, node] of tree.under('/var').sort(([a], [b]) => (a < b ? -1 : 1))) {
    const line = named.has(path) ? undefined : tmpfilesLine(path, node, owners);
    if (line !== undefined) lines.push(line);
    if (node.kind === 'file') tree.set(`${FACTORY}${path}`, node);
  }
  tree.empty('/var');
  tree.setText(
    TMPFILES,
    `# What packages left in /var, made again on each machine. Written by Basalt.\n${lines.join('\n')}\n`,
  );
}

/** What packages' own tmpfiles.d files make; a second line for the same path would be refused with a warning. */
function pathsNamedByTmpfiles(tree: Tree): Set<string> {
  const named = new Set<string>();
  for (const folder of ['/usr/lib/tmpfiles.d', '/etc/tmpfiles.d']) {
    for (const name of tree.children(folder)) {
      for (const line of (readTreeText(tree, `${folder}/${name}`) ?? '').split('\n')) {
        const match = /^[dDvqQLCfFp][^\s#]*\s+("[^"]+"|\S+)/.exec(line);
        if (match?.[1]) named.add(match[1].replaceAll('"', '').replace(/\/$/, ''));
      }
    }
  }
  return named;
}

/** Gives a node's owner and group as tmpfiles.d writes them: names, or numbers that no account has. */
type OwnerNames = (node: TreeNode) => string;

function ownerNames({ users, groups }: Accounts): OwnerNames {
  const byId = (ids: ReadonlyMap<string, number>) =>
    new Map([...ids].reverse().map(([name, id]) => [id, name]));
  const userNames = byId(users);
  const groupNames = byId(groups);
  return ({ uid, gid }) => `${userNames.get(uid) ?? uid} ${groupNames.get(gid) ?? gid}`;
}

function tmpfilesLine(path: string, node: TreeNode, owners: OwnerNames): string | undefined {
  const mode = node.mode.toString(8).padStart(4, '0');
  const name = escapePath(path);
  switch (node.kind) {
    case 'directory':
      return `d ${name} ${mode} ${owners(node)} -`;
    case 'symlink':
      return `L ${name} - - - - ${escapePath(node.target)}`;
    case 'file':
      return `C ${name} ${mode} ${owners(node)} - ${escapePath(`${FACTORY}${path}`)}`;
    case 'device':
      return node.device === 'fifo' ? `p ${name} ${mode} ${owners(node)} -` : undefined;
  }
}

/** Specifiers (%) and white space have a meaning in tmpfiles.d. */
function escapePath(path: string): string {
  const escaped = path.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /\s/.test(escaped) ? `"${escaped}"` : escaped;
}
