/** dpkg's database inside a tree: which package owns which path, and where the database ends up in the image. */
import { closeSync, openSync, readSync } from 'node:fs';
import { contentSize, type FileNode, parentOf, type Tree } from './tree.ts';

const DATABASE = '/var/lib/dpkg';
/** Where an image keeps the list of its packages, out of /var. */
const IMAGE_DATABASE = '/usr/lib/sysimage/dpkg';

/** The bytes of a file in a tree. */
export function readNode(node: FileNode): Buffer {
  const { content } = node;
  if (content.kind === 'bytes') return content.bytes;
  const descriptor = openSync(content.file, 'r');
  try {
    const bytes = Buffer.alloc(contentSize(content));
    readSync(descriptor, bytes, 0, bytes.length, content.offset);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

/** The text of a file in a tree, or undefined when there is no such file. */
export function readTreeText(tree: Tree, path: string): string | undefined {
  const node = tree.get(path);
  return node?.kind === 'file' ? readNode(node).toString('utf8') : undefined;
}

/** The paths each installed package owns, as dpkg recorded them, links in their directories followed. */
export function ownedPaths(tree: Tree): Map<string, string[]> {
  const owned = new Map<string, string[]>();
  for (const name of tree.children(`${DATABASE}/info`)) {
    const match = /^([^:]+)(?::[a-z0-9]+)?\.list$/.exec(name);
    if (match?.[1] === undefined) continue;
    const text = readTreeText(tree, `${DATABASE}/info/${name}`) ?? '';
    owned.set(
      match[1],
      text
        .split('\n')
        .filter((line) => line.startsWith('/') && line !== '/.')
        .map((line) => tree.resolveParents(line)),
    );
  }
  return owned;
}

/**
 * Removes packages: their files that no other package owns, directories that become empty by it, and links left
 * dangling by update-alternatives.
 */
export function dropPackages(tree: Tree, dropped: ReadonlySet<string>): void {
  const owned = ownedPaths(tree);
  const kept = new Set<string>();
  for (const [name, paths] of owned) if (!dropped.has(name)) for (const path of paths) kept.add(path);

  const directories: string[] = [];
  for (const name of dropped) {
    for (const path of owned.get(name) ?? []) {
      if (kept.has(path)) continue;
      const node = tree.get(path);
      if (node?.kind === 'directory') directories.push(path);
      else tree.remove(path);
    }
  }
  for (const file of tree.children(`${DATABASE}/info`))
    if (dropped.has(packageOfInfo(file))) tree.remove(`${DATABASE}/info/${file}`);
  removeEmptied(tree, directories);
  removeDeadAlternatives(tree);
  rewriteStatus(tree, dropped);
}

/** `python3:amd64.md5sums` → `python3`; names may hold dots themselves, kinds of files do not. */
function packageOfInfo(file: string): string {
  return file.replace(/\.[a-z0-9]+$/, '').replace(/:[a-z0-9]+$/, '');
}

/** Removes those of the directories that hold nothing, deepest first, so that a parent can follow its children. */
function removeEmptied(tree: Tree, directories: readonly string[]): void {
  const children = new Map<string, number>();
  for (const [path] of tree.sorted()) children.set(parentOf(path), (children.get(parentOf(path)) ?? 0) + 1);
  for (const path of [...new Set(directories)].sort().reverse()) {
    if (tree.get(path)?.kind !== 'directory' || (children.get(path) ?? 0) > 0) continue;
    tree.remove(path);
    children.set(parentOf(path), (children.get(parentOf(path)) ?? 1) - 1);
  }
}

function removeDeadAlternatives(tree: Tree): void {
  const dead = new Set<string>();
  for (const [path, node] of tree.under('/etc/alternatives')) {
    if (node.kind === 'symlink' && !tree.has(tree.resolveParents(node.target))) dead.add(path);
  }
  for (const [path, node] of tree.sorted())
    if (node.kind === 'symlink' && dead.has(node.target)) tree.remove(path);
  for (const path of dead) tree.remove(path);
}

function rewriteStatus(tree: Tree, dropped: ReadonlySet<string>): void {
  const text = readTreeText(tree, `${DATABASE}/status`) ?? '';
  const kept = text.split(/\n\n+/).filter((block) => {
    const name = /^Package: (.*)$/m.exec(block)?.[1];
    return name !== undefined && !dropped.has(name);
  });
  tree.setText(`${DATABASE}/status`, kept.map((block) => `${block.trimEnd()}\n`).join('\n'));
}

/**
 * Moves the list of packages into /usr, where the read-only root carries it, and leaves only what scanners read:
 * the status file and the md5sums. /var/lib/dpkg leads there.
 */
export function keepPackageList(tree: Tree): void {
  const status = readTreeText(tree, `${DATABASE}/status`) ?? '';
  const sums = tree.under(`${DATABASE}/info`).filter(([path]) => path.endsWith('.md5sums'));
  tree.remove(DATABASE);
  tree.setText(`${IMAGE_DATABASE}/status`, status);
  for (const [path, node] of sums)
    tree.set(`${IMAGE_DATABASE}/info${path.slice(`${DATABASE}/info`.length)}`, node);
  tree.setLink(DATABASE, `../..${IMAGE_DATABASE}`);
}
