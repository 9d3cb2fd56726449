/** Plans files and links: what differs is written, what is not wanted any more becomes what it was before. */
import type { Host } from '../host.ts';
import { type Accounts, ownerIds } from '../machine/accounts.ts';
import { sameBytes } from '../machine/bytes.ts';
import { foreignLink, foreignLinkText } from '../machine/links-on-the-way.ts';
import type { Original, PlacedPath } from '../state/placed.ts';
import type { WantedFile, WantedPath } from '../wanted/wanted.ts';
import { WantedError } from '../wanted/wanted-error.ts';
import type { Keep, PathChange } from './changes.ts';
import { giveBack, originalOf } from './originals.ts';

/** The part of a plan that is about paths. */
export interface PathPlan {
  readonly keep: readonly Keep[];
  readonly changes: readonly PathChange[];
  readonly placed: readonly PlacedPath[];
}

/**
 * Reads the machine and changes nothing.
 * @param placed What the agent put there earlier.
 * @throws {WantedError} when a folder is in the way, or a user's link is on it.
 */
export function planPaths(
  host: Host,
  accounts: Accounts,
  wanted: readonly WantedPath[],
  placed: readonly PlacedPath[],
): PathPlan {
  // Of two wishes for one path, the later counts.
  const wishes = new Map(wanted.map((wish) => [wish.path, wish]));
  const before = new Map(placed.map((item) => [item.path, item]));
  const keep: Keep[] = [];
  const changes: PathChange[] = [];
  const next: PlacedPath[] = [];
  for (const wish of wishes.values()) {
    refuseForeignLink(host, wish.path);
    const earlier = before.get(wish.path);
    if (wish.kind === 'unmasked' && earlier === undefined && !isMask(host, wish.path)) continue;
    const original = earlier?.original ?? originalOf(host, wish.path, keep, placed);
    const change = changeFor(host, accounts, wish);
    if (change !== undefined) changes.push(change);
    next.push(placedPath(wish, original, change === undefined ? earlier : undefined));
  }
  for (const item of placed) {
    // A user has put a link in the place of a folder: what it leads to is not what was placed.
    if (wishes.has(item.path) || foreignLink(host, item.path) !== undefined) continue;
    const change = giveBack(host, item);
    if (change !== undefined) changes.push(change);
  }
  return { keep, changes, placed: next };
}

/** Folders that are missing on the way to what is written, the outermost first. */
export function missingFolders(host: Host, changes: readonly PathChange[]): string[] {
  const folders = new Set<string>();
  for (const { kind, path } of changes) {
    if (kind !== 'write' && kind !== 'link') continue;
    for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) {
      if (folders.has(folder) || host.kind(folder) !== undefined) break;
      folders.add(folder);
    }
  }
  return [...folders].sort();
}

function refuseForeignLink(host: Host, path: string): void {
  const link = foreignLink(host, path);
  if (link === undefined) return;
  throw new WantedError(
    `${path} cannot be written: ${foreignLinkText(host, link)}`,
    `remove the link ${link}, or choose another path`,
  );
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function isMask(host: Host, path: string): boolean {
  return host.readLink(path) === '/dev/null';
}

function changeFor(host: Host, accounts: Accounts, wish: WantedPath): PathChange | undefined {
  const { path } = wish;
  const kind = host.kind(path);
  if (kind === 'directory' || kind === 'other') {
    throw new WantedError(
      `${path} cannot be written: there is a ${kind === 'directory' ? 'folder' : 'device, pipe or socket'} on this machine`,
      'choose another path, or remove what is there',
    );
  }
  switch (wish.kind) {
    case 'unmasked':
      return isMask(host, path) ? { kind: 'remove', path } : undefined;
    case 'link':
      return kind === 'symlink' && host.readLink(path) === wish.target
        ? undefined
        : { kind: 'link', path, target: wish.target };
    case 'file':
      return kind === 'file' && isWritten(host, accounts, wish)
        ? undefined
        : { kind: 'write', path, file: wish };
  }
}

function isWritten(host: Host, accounts: Accounts, { path, mode, owner, content }: WantedFile): boolean {
  const status = host.status(path);
  const ids = ownerIds(accounts, owner);
  if (status?.mode !== mode || status.uid !== ids?.uid || status.gid !== ids.gid) return false;
  const bytes = host.readBytes(path);
  return bytes !== undefined && sameBytes(bytes, content);
}

function placedPath(wish: WantedPath, original: Original, same: PlacedPath | undefined): PlacedPath {
  const { path } = wish;
  switch (wish.kind) {
    case 'unmasked':
      return { path, kind: 'absent', original };
    case 'link':
      return { path, kind: 'link', target: wish.target, original };
    case 'file': {
      const { mode, owner } = wish;
      const sha256 = same?.sha256;
      return { path, kind: 'file', mode, owner, original, ...(sha256 === undefined ? {} : { sha256 }) };
    }
  }
}
