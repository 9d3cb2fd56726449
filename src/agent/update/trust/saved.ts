/** What was trusted at an earlier time, as far as it still counts. */
import type { Host } from '../../host.ts';
import type { Cryptography } from './cryptography.ts';
import type { Document } from './document.ts';
import type { Root } from './root.ts';
import { checkSignatures } from './signatures.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';
import { readTimestamp, type Timestamp } from './timestamp.ts';
import { TrustFailure } from './trust-failure.ts';
import type { SavedRole, TrustStore } from './trust-store.ts';

export interface Saved {
  readonly timestamp: Document<Timestamp> | undefined;
  readonly snapshot: Document<Snapshot> | undefined;
}

/**
 * Documents that the keys of the root have not signed do not count, and neither does the other of the two: an attacker
 * who had the keys may have signed versions so high that no honest one follows them, and new keys are the way out (TUF
 * specification, section 5.3.11, "fast-forward attack"). Going by the signatures rather than by the moment of the
 * rotation, a power cut in between changes nothing. A damaged file does not count either, which says nothing of the other.
 */
export function readSaved(
  { host, store, cryptography }: { host: Host; store: TrustStore; cryptography: Cryptography },
  root: Document<Root>,
): Saved {
  const read = <T>(role: SavedRole, parse: (bytes: Uint8Array) => Document<T>) => {
    const bytes = store.read(role);
    if (bytes === undefined) return undefined;
    try {
      const document = parse(bytes);
      checkSignatures(document, root, cryptography);
      return document;
    } catch (error) {
      if (!(error instanceof TrustFailure)) throw error;
      host.log('warning', `update: the saved ${role}.json does not count any more: ${error.reason}`);
      store.remove(role);
      return error.fault;
    }
  };
  const timestamp = read('timestamp', readTimestamp);
  const snapshot = read('snapshot', readSnapshot);
  const rotated = timestamp === 'signature' || snapshot === 'signature';
  if (rotated) for (const role of ['timestamp', 'snapshot'] as const) store.remove(role);
  return {
    timestamp: rotated || typeof timestamp === 'string' ? undefined : timestamp,
    snapshot: rotated || typeof snapshot === 'string' ? undefined : snapshot,
  };
}
