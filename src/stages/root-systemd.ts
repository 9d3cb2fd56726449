/**
 * Makes the users of sysusers.d and the links of unit presets, with systemd's own programs on the few files they
 * look at: these are written to a folder, changed there by the real `systemd-sysusers` and `systemctl`, and read back.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readNode } from '../tree/package-database.ts';
import type { Tree } from '../tree/tree.ts';
import type { StageContext } from './stage.ts';

const ACCOUNT_FILES = ['/etc/passwd', '/etc/group', '/etc/shadow', '/etc/gshadow'];
const UNIT_LINKS = '/etc/systemd/system';
/** What systemctl and systemd-sysusers read. */
const READ_FOLDERS = [
  UNIT_LINKS,
  '/usr/lib/systemd/system',
  '/usr/lib/systemd/system-preset',
  '/usr/lib/sysusers.d',
  '/etc/sysusers.d',
];

/** Runs systemd-sysusers and `systemctl preset-all` for a tree. */
export async function applySystemd(tree: Tree, context: StageContext<'root'>): Promise<void> {
  const { toolbox, directory, signal, options } = context;
  removePackageLinks(tree);
  const folder = join(directory, 'systemd');
  exportFiles(tree, folder);
  try {
    const { stderr } = await toolbox.run(
      [
        'sh',
        '-c',
        'set -e; systemd-sysusers --root=/tree; systemctl --root=/tree --preset-mode=full preset-all',
      ],
      {
        tool: 'systemctl',
        signal,
        binds: [{ source: folder, target: '/tree', writable: true }],
        env: { SOURCE_DATE_EPOCH: String(options.epoch), SYSTEMD_LOG_LEVEL: 'warning' },
      },
    );
    for (const line of stderr.split('\n')) if (/does not exist|Failed/i.test(line)) context.warn(line);
    await importAccounts(tree, folder);
    await importLinks(tree, join(folder, UNIT_LINKS), UNIT_LINKS);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the links that package scripts made: the recipe's preset list decides what starts. Masks stay. */
function removePackageLinks(tree: Tree): void {
  for (const [path, node] of tree.under(UNIT_LINKS)) {
    if (node.kind !== 'symlink' || node.target === '/dev/null' || path.endsWith('/default.target')) continue;
    tree.remove(path);
  }
}

/** Almost a thousand small files: at once they would all be open, and one after another each would wait. */
function exportFiles(tree: Tree, folder: string): void {
  for (const path of READ_FOLDERS) mkdirSync(join(folder, path), { recursive: true });
  const wanted = [
    ...ACCOUNT_FILES.map((path) => [path, tree.get(path)] as const),
    ...READ_FOLDERS.flatMap((path) => tree.under(path)),
  ];
  for (const path of new Set(wanted.map(([path]) => dirname(path))))
    mkdirSync(join(folder, path), { recursive: true });
  for (const [path, node] of wanted) {
    const target = join(folder, path);
    if (node?.kind === 'file') writeFileSync(target, readNode(node), { mode: 0o600 });
    else if (node?.kind === 'symlink') symlinkSync(node.target, target);
  }
}

async function importAccounts(tree: Tree, folder: string): Promise<void> {
  for (const path of ACCOUNT_FILES) {
    const bytes = await readFile(join(folder, path));
    const node = tree.get(path);
    if (node?.kind === 'file') tree.set(path, { ...node, content: { kind: 'bytes', bytes } });
  }
}

async function importLinks(tree: Tree, folder: string, path: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) await importLinks(tree, join(folder, entry.name), inner);
    else if (entry.isSymbolicLink()) tree.setLink(inner, await readlink(join(folder, entry.name)));
  }
}
