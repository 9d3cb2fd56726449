/** What each package contributes to the root, after trimming. */
import { ownedPaths } from '../tree/package-database.ts';
import { contentSize, type Tree } from '../tree/tree.ts';

export interface PackageSize {
  readonly name: string;
  /** Uncompressed bytes of its files that are in the image. */
  readonly sizeBytes: number;
}

/** Packages by size, largest first; kernel modules count as `kernel modules`. */
export function largestPackages(tree: Tree): PackageSize[] {
  const sizeOf = (path: string) => {
    const node = tree.get(path);
    return node?.kind === 'file' ? contentSize(node.content) : 0;
  };
  const sizes = [...ownedPaths(tree)].map(([name, paths]) => ({
    name,
    sizeBytes: paths.reduce((sum, path) => sum + sizeOf(path), 0),
  }));
  const modules = tree.under('/usr/lib/modules').reduce((sum, [path]) => sum + sizeOf(path), 0);
  sizes.push({ name: 'kernel modules', sizeBytes: modules });
  return sizes.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.name < b.name ? -1 : 1));
}
