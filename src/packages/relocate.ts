/** Points a lock at other mirrors: the digests say what the packages are, so any mirror may serve them. */
import type { DebianMirrors } from '../tools/apt-sources.ts';
import { type Lock, type LockedPackage, packageSets } from './lock.ts';

/** The same lock with its packages' addresses on the given mirrors. Pure. */
export function relocate(lock: Lock, mirrors: DebianMirrors | undefined): Lock {
  if (mirrors === undefined) return lock;
  const move = (entry: LockedPackage): LockedPackage => {
    const pool = entry.uri.indexOf('/pool/');
    if (pool < 0) return entry;
    const mirror = entry.uri.slice(0, pool).includes('security') ? mirrors.security : mirrors.archive;
    return { ...entry, uri: `${mirror}${entry.uri.slice(pool)}` };
  };
  return { ...lock, ...Object.fromEntries(packageSets.map((set) => [set, lock[set].map(move)])) };
}
