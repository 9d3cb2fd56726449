/** The fixed shape of the root: mount points, and the folders of the machine's own that lead into /var. */
import type { Tree } from './tree.ts';

const MOUNT_POINTS: readonly (readonly [string, number])[] = [
  ['/dev', 0o755],
  ['/proc', 0o555],
  ['/run', 0o755],
  ['/sys', 0o555],
  ['/tmp', 0o1777],
  ['/var', 0o755],
  // Where systemd mounts the ESP (systemd-gpt-auto-generator(8)).
  ['/boot', 0o755],
  ['/media', 0o755],
];

/** Folders that stay writable: each is a link into /var; tmpfiles.d makes what it leads to. */
const STATE_LINKS: readonly (readonly [path: string, inVar: string, mode: number])[] = [
  ['/home', 'home', 0o755],
  ['/root', 'roothome', 0o700],
  ['/srv', 'srv', 0o755],
  ['/opt', 'opt', 0o755],
  ['/mnt', 'mnt', 0o755],
  ['/usr/local', 'usrlocal', 0o755],
];

/** Makes the mount points and the links. What packages left in the linked folders moves into /var with them. */
export function applyLayout(tree: Tree): void {
  for (const [path, mode] of MOUNT_POINTS) tree.setDirectory(path, mode);
  for (const [path, inVar, mode] of STATE_LINKS) {
    const target = `/var/${inVar}`;
    const below = tree.get(path)?.kind === 'directory' ? tree.under(path) : [];
    tree.remove(path);
    tree.setDirectory(target, mode);
    for (const [old, node] of below) tree.set(`${target}${old.slice(path.length)}`, node);
    tree.setLink(path, path === '/usr/local' ? `..${target}` : target.slice(1));
  }
}
