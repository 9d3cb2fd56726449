/** Makes locked packages for tests. */
import type { LockedPackage } from '../../src/packages/lock.ts';
import { digestBytes } from '../../src/store/digest.ts';

/** A locked package with made-up content of its own. */
export function lockedPackage(name: string, fields: Partial<LockedPackage> = {}): LockedPackage {
  return {
    name,
    version: '1.0-1',
    architecture: 'amd64',
    sha256: digestBytes(name),
    sizeBytes: 1000,
    installedSizeBytes: 4000,
    uri: `http://mirror.example/pool/${name}_1.0-1_amd64.deb`,
    essential: false,
    depends: [],
    preDepends: [],
    provides: [],
    ...fields,
  };
}
