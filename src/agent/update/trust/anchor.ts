/** Where trust begins: the root that the image, or the owner of the machine, vouches for. */
import type { Host } from '../../host.ts';
import { sameBytes } from '../../machine/bytes.ts';
import { UpdateFailure } from '../failure.ts';
import type { Cryptography } from './cryptography.ts';
import type { Document } from './document.ts';
import type { Root } from './root.ts';
import { TrustFailure } from './trust-failure.ts';
import type { TrustStore } from './trust-store.ts';
import { firstRoot } from './workflow.ts';

/** The owner's; wins. */
const MACHINE_ROOT = '/etc/basalt/update/root.json';
const IMAGE_ROOT = '/usr/lib/basalt/update/root.json';

/**
 * The newest root that is known to follow from the anchor.
 *
 * The roots that were trusted one after the other are kept. When the anchor is one of them, byte by byte, the newest of
 * them counts: neither a new image with an older root nor one with a newer root takes a machine back. When it is none of
 * them, the image came with a root that this machine has not met: a newer one than it ever fetched, or one of another
 * repository. Then trust begins anew at the anchor, as on a new machine: the image is verified by other means, and a
 * machine must be able to move to another repository. What was known of the old one stays on the disk, and counts only
 * as far as the keys of the new root have signed it. A kept root that is damaged is passed over in the same way.
 * @throws {UpdateFailure} when there is no anchor or it is no root.
 */
export function trustedRoot(host: Host, store: TrustStore, cryptography: Cryptography): Document<Root> {
  const { path, bytes } = readAnchor(host);
  const anchor = readFirst(path, bytes, cryptography);
  const kept = store.readRoot(anchor.version);
  if (kept !== undefined && sameBytes(kept, bytes)) return newestKept(host, store, anchor, cryptography);

  const versions = store.rootVersions();
  if (versions.length > 0) {
    host.log(
      'warning',
      `update: ${path} (version ${anchor.version}) is none of the roots that this machine has followed (versions ${versions.join(', ')}): trust begins anew with it`,
    );
  }
  for (const version of versions) store.removeRoot(version);
  store.saveRoot(anchor.version, bytes);
  return anchor;
}

function newestKept(
  host: Host,
  store: TrustStore,
  anchor: Document<Root>,
  cryptography: Cryptography,
): Document<Root> {
  for (const version of store.rootVersions()) {
    if (version <= anchor.version) break;
    try {
      const root = firstRoot(store.readRoot(version) ?? new Uint8Array(), cryptography);
      if (root.version === version) return root;
    } catch (error) {
      if (!(error instanceof TrustFailure)) throw error;
    }
    host.log('warning', `update: the saved root of version ${version} is damaged, and is fetched again`);
    store.removeRoot(version);
  }
  return anchor;
}

function readAnchor(host: Host): { path: string; bytes: Uint8Array } {
  for (const path of [MACHINE_ROOT, IMAGE_ROOT]) {
    const bytes = host.readBytes(path);
    if (bytes !== undefined) return { path, bytes };
  }
  throw new UpdateFailure(
    `this machine does not know whom to trust: there is neither ${MACHINE_ROOT} nor ${IMAGE_ROOT}`,
    { next: `put the repository's root.json at ${MACHINE_ROOT}, or build the image with update.root` },
  );
}

function readFirst(path: string, bytes: Uint8Array, cryptography: Cryptography): Document<Root> {
  try {
    return firstRoot(bytes, cryptography);
  } catch (error) {
    if (!(error instanceof TrustFailure)) throw error;
    throw new UpdateFailure(`${path}, where trust begins, is no root of a repository: ${error.reason}`, {
      next:
        path === MACHINE_ROOT
          ? `put the right root.json there, or remove it to trust the image's`
          : `put the right root.json at ${MACHINE_ROOT}`,
    });
  }
}
