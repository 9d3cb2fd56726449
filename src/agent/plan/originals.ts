/** What was at paths before the agent wrote there, and what of it comes back. Reads the machine and changes nothing. */
import type { Host } from '../host.ts';
import { inImage, isOfImage } from '../machine/image-etc.ts';
import type { Original, PlacedPath } from '../state/placed.ts';
import { ORIGINALS_FOLDER } from '../state/state.ts';
import type { GivenBack, Keep, PathChange } from './changes.ts';

/** @param keep Gets what must be copied before the path is written to. */
export function originalOf(host: Host, path: string, keep: Keep[], placed: readonly PlacedPath[]): Original {
  const ofImage = isOfImage(host, path) ? ({ ofImage: true } as const) : {};
  const kind = host.kind(path);
  const target = kind === 'symlink' ? host.readLink(path) : undefined;
  if (target !== undefined) return { kind: 'link', target, ...ofImage };
  const status = kind === 'file' ? host.status(path) : undefined;
  if (status === undefined) return { kind: 'nothing', ...ofImage };
  // What is in /run will not be there after a restart, and was not there at the one before.
  if (path.startsWith('/run/')) return { kind: 'nothing' };
  const saved = freeName(keep, placed);
  keep.push({ path, saved });
  return { kind: 'file', saved, mode: status.mode, owner: `${status.uid}:${status.gid}`, ...ofImage };
}

/** @returns Undefined when it is already as it was. */
export function giveBack(host: Host, { path, original }: PlacedPath): PathChange | undefined {
  const kind = host.kind(path);
  const back = givenBack(host, path, original);
  if (back === undefined) return kind === 'file' || kind === 'symlink' ? { kind: 'remove', path } : undefined;
  const isThere = back.kind === 'link' && host.readLink(path) === back.target;
  return isThere || kind === 'directory' ? undefined : { kind: 'restore', path, back };
}

/** A number that no other original has. */
function freeName(keep: readonly Keep[], placed: readonly PlacedPath[]): string {
  const taken = placed.map(({ original }) => (original.kind === 'file' ? Number(original.saved) : 0));
  return String(Math.max(0, ...taken, ...keep.map(({ saved }) => Number(saved))) + 1);
}

/** Where the machine followed the image, what the version that runs has there; undefined: nothing. */
function givenBack(host: Host, path: string, original: Original): GivenBack | undefined {
  const image = original.ofImage === true ? inImage(host, path) : undefined;
  if (image !== undefined) return entryAt(host, image);
  switch (original.kind) {
    case 'nothing':
      return undefined;
    case 'link':
      return { kind: 'link', target: original.target };
    case 'file': {
      const { saved, mode, owner } = original;
      return { kind: 'file', from: `${ORIGINALS_FOLDER}/${saved}`, mode, owner };
    }
  }
}

function entryAt(host: Host, path: string): GivenBack | undefined {
  const target = host.readLink(path);
  if (target !== undefined) return { kind: 'link', target };
  const status = host.kind(path) === 'file' ? host.status(path) : undefined;
  if (status === undefined) return undefined;
  return { kind: 'file', from: path, mode: status.mode, owner: `${status.uid}:${status.gid}` };
}
