/**
 * A file tree as data. Between unpacking packages and making the root image no file of the root exists on disk:
 * a tree is read from a tar, edited here, and streamed into the image maker. Editing needs no root, no mount
 * and no namespace, and the result depends on nothing but its inputs.
 */

/** Where a file's bytes are. */
export type Content =
  /** A range of a file, such as a member of a tar. */
  | { readonly kind: 'range'; readonly file: string; readonly offset: number; readonly sizeBytes: number }
  | { readonly kind: 'bytes'; readonly bytes: Buffer };

interface Metadata {
  /** Permission bits, set-id and sticky bits included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Extended attributes by name, such as `security.capability`. */
  readonly xattrs?: ReadonlyMap<string, Buffer>;
}

export type TreeNode =
  | (Metadata & { readonly kind: 'file'; readonly content: Content })
  | (Metadata & { readonly kind: 'directory' })
  | (Metadata & { readonly kind: 'symlink'; readonly target: string })
  | (Metadata & {
      readonly kind: 'device';
      readonly device: 'char' | 'block' | 'fifo';
      readonly major: number;
      readonly minor: number;
    });

export type FileNode = Extract<TreeNode, { kind: 'file' }>;

/** Size of a file's content. */
export function contentSize(content: Content): number {
  return content.kind === 'bytes' ? content.bytes.length : content.sizeBytes;
}

/** Paths are absolute, without a trailing slash; the root itself is `/`. */
export class Tree {
  private readonly nodes = new Map<string, TreeNode>([
    ['/', { kind: 'directory', mode: 0o755, uid: 0, gid: 0 }],
  ]);
  /** The names right below each path: a tree has some ten thousand nodes, and folders are looked into often. */
  private readonly names = new Map<string, Set<string>>();

  get(path: string): TreeNode | undefined {
    return this.nodes.get(path);
  }

  has(path: string): boolean {
    return this.nodes.has(path);
  }

  /** Adds or replaces a node. Missing parents become directories of root with mode 0755. */
  set(path: string, node: TreeNode): void {
    const parent = parentOf(path);
    if (path !== '/' && this.nodes.get(parent) === undefined) {
      this.set(parent, { kind: 'directory', mode: 0o755, uid: 0, gid: 0 });
    }
    this.nodes.set(path, node);
    if (path === '/') return;
    const names = this.names.get(parent);
    if (names === undefined) this.names.set(parent, new Set([nameOf(path)]));
    else names.add(nameOf(path));
  }

  setText(path: string, text: string, mode = 0o644): void {
    this.set(path, {
      kind: 'file',
      mode,
      uid: 0,
      gid: 0,
      content: { kind: 'bytes', bytes: Buffer.from(text) },
    });
  }

  setLink(path: string, target: string): void {
    this.set(path, { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target });
  }

  setDirectory(path: string, mode = 0o755, uid = 0, gid = 0): void {
    this.set(path, { kind: 'directory', mode, uid, gid });
  }

  /** Removes a node, and everything below it. */
  remove(path: string): void {
    if (this.nodes.get(path)?.kind === 'directory') this.empty(path);
    if (path === '/') return;
    this.nodes.delete(path);
    // What is left below a link that was there keeps its way.
    if (!this.names.has(path)) this.names.get(parentOf(path))?.delete(nameOf(path));
  }

  /** Removes everything below a directory. */
  empty(path: string): void {
    for (const name of this.names.get(path) ?? []) {
      const below = childOf(path, name);
      this.empty(below);
      this.nodes.delete(below);
    }
    this.names.delete(path);
  }

  /** Everything below a directory, not itself; parents before what is in them. A snapshot: the tree may be edited while it is walked. */
  under(directory: string): [string, TreeNode][] {
    const found: [string, TreeNode][] = [];
    this.collect(directory, found);
    return found;
  }

  private collect(directory: string, found: [string, TreeNode][]): void {
    for (const name of this.names.get(directory) ?? []) {
      const path = childOf(directory, name);
      const node = this.nodes.get(path);
      if (node !== undefined) found.push([path, node]);
      this.collect(path, found);
    }
  }

  /** Names right below a directory. A snapshot, too. */
  children(directory: string): string[] {
    return [...(this.names.get(directory) ?? [])].filter((name) => this.nodes.has(childOf(directory, name)));
  }

  /** All nodes in byte order of their paths, which puts every directory before its content. */
  sorted(): [string, TreeNode][] {
    return [...this.nodes].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  get size(): number {
    return this.nodes.size;
  }

  /**
   * Follows symbolic links in a path's directories (`/lib/x` → `/usr/lib/x`), as adding a file to the real tree would.
   */
  resolveParents(path: string, depth = 0): string {
    if (depth > 40) return path;
    let current = '';
    const parts = path.split('/').filter((part) => part !== '');
    for (const [index, part] of parts.entries()) {
      const next = `${current}/${part}`;
      const node = this.nodes.get(next);
      if (node?.kind === 'symlink' && index < parts.length - 1) {
        const base = node.target.startsWith('/') ? node.target : `${current}/${node.target}`;
        return this.resolveParents(normalise(`${base}/${parts.slice(index + 1).join('/')}`), depth + 1);
      }
      current = next;
    }
    return current === '' ? '/' : current;
  }
}

/** The directory a path is in. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function childOf(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

/** Removes `.`, `..` and doubled slashes from an absolute path. */
export function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}
