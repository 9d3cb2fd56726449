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
    if (path !== '/') this.nodes.delete(path);
  }

  /** Removes everything below a directory. */
  empty(path: string): void {
    for (const [below] of this.under(path)) this.nodes.delete(below);
  }

  /** Everything below a directory, not itself. A snapshot: the tree may be edited while it is walked. */
  under(directory: string): [string, TreeNode][] {
    const prefix = directory === '/' ? '/' : `${directory}/`;
    return [...this.nodes].filter(([path]) => path !== '/' && path.startsWith(prefix));
  }

  /** Names right below a directory. */
  children(directory: string): string[] {
    const prefix = directory === '/' ? '/' : `${directory}/`;
    return [...this.nodes.keys()]
      .filter((path) => path !== '/' && path.startsWith(prefix) && !path.includes('/', prefix.length))
      .map((path) => path.slice(prefix.length));
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
