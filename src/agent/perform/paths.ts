/**
 * Writes files in two steps: all are written beside their places, which fails while nothing is changed yet (a full
 * disk, a read-only folder); then all are put in place, which needs no space.
 */
import type { Host } from '../host.ts';
import { foreignLink, refuseForeignLink } from '../machine/links-on-the-way.ts';
import type { PathChange } from '../plan/changes.ts';
import type { Placed } from '../state/placed.ts';
import type { WantedFile } from '../wanted/wanted.ts';
import { restoreOriginal } from './originals.ts';

/** Where a file waits for its place: hidden, and with no ending that anything reads. */
function besideOf(path: string): string {
  const at = path.lastIndexOf('/');
  return `${path.slice(0, at)}/.${path.slice(at + 1).slice(0, 230)}.basalt-new`;
}

/** @throws {HostError} */
export function writeBeside(host: Host, { path, content, mode, owner }: WantedFile): void {
  refuseForeignLink(host, 'write', path);
  host.writeFile(besideOf(path), content, { mode, owner, flush: false });
}

/** @throws {HostError} */
export function putInPlace(host: Host, change: PathChange): void {
  refuseForeignLink(host, change.kind, change.path);
  switch (change.kind) {
    case 'write':
      host.rename(besideOf(change.path), change.path);
      return;
    case 'link':
      host.link(change.target, change.path);
      return;
    case 'remove':
      host.remove(change.path);
      return;
    case 'restore':
      restoreOriginal(host, change.path, change.back);
  }
}

/** What a run that ended early may have left. */
export function removeBeside(host: Host, paths: readonly { readonly path: string }[]): void {
  for (const { path } of paths) if (foreignLink(host, path) === undefined) host.remove(besideOf(path));
}

/**
 * Removes folders that were made for files and are empty now.
 * @returns Those that stay.
 */
export function removeFolders(host: Host, placed: Placed): string[] {
  const kept: string[] = [];
  for (const folder of [...placed.folders].sort().reverse()) {
    // A user's link in its place is not what was made.
    if (foreignLink(host, `${folder}/x`) !== undefined) continue;
    const isUsed =
      host.list(folder).length > 0 || placed.paths.some(({ path }) => path.startsWith(`${folder}/`));
    if (isUsed) kept.push(folder);
    else host.remove(folder);
  }
  return kept.reverse();
}
