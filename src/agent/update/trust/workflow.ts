/**
 * When a document is trusted: the client's workflow of the TUF specification 1.0.33, sections 5.3 to 5.6, without the
 * fetching. Pure: bytes, what was trusted before, the time and cryptography in; what is trusted now out.
 */
import { checkContent } from './announced-file.ts';
import type { Cryptography } from './cryptography.ts';
import type { Document } from './document.ts';
import { type Root, readRoot } from './root.ts';
import { checkSignatures } from './signatures.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';
import { readTargets, type Targets } from './targets.ts';
import { readTimestamp, type Timestamp } from './timestamp.ts';
import { TrustFailure } from './trust-failure.ts';

/**
 * A root to begin with (5.2). It may have expired: the ones after it count.
 * @throws {TrustFailure} also when its own keys have not signed it, as after damage to a disk.
 */
export function firstRoot(bytes: Uint8Array, cryptography: Cryptography): Document<Root> {
  const root = readRoot(bytes);
  checkSignatures(root, root, cryptography, 'it itself');
  return root;
}

/**
 * The root after a trusted one (5.3.3 to 5.3.5): signed by the keys of both, and with the very next version. It may
 * have expired: only the last one counts.
 * @throws {TrustFailure}
 */
export function nextRoot(
  trusted: Document<Root>,
  bytes: Uint8Array,
  cryptography: Cryptography,
): Document<Root> {
  const root = readRoot(bytes);
  if (root.version !== trusted.version + 1) {
    throw new TrustFailure(
      'root',
      'version',
      `it has version ${root.version}, and should have ${trusted.version + 1}, the one after the trusted root`,
    );
  }
  checkSignatures(root, trusted, cryptography);
  checkSignatures(root, root, cryptography, 'it itself');
  return root;
}

/** 5.3.10, 5.4.4, 5.5.6, 5.6.5. @throws {TrustFailure} of the kind `expired`. */
export function checkExpiry(document: Document<unknown>, nowMs: number): void {
  if (nowMs < document.expiresMs) return;
  throw new TrustFailure(
    document.role,
    'expired',
    `version ${document.version} expired on ${document.expires}`,
  );
}

/**
 * 5.4. Its expiry is checked by {@link checkExpiry}, since the one that stays may have expired too.
 * @param trusted The one of an earlier time, as far as the root's keys have signed it.
 * @returns The trusted one when the other is of the same version.
 * @throws {TrustFailure}
 */
export function nextTimestamp(
  root: Document<Root>,
  trusted: Document<Timestamp> | undefined,
  bytes: Uint8Array,
  cryptography: Cryptography,
): Document<Timestamp> {
  const timestamp = readTimestamp(bytes);
  checkSignatures(timestamp, root, cryptography);
  if (trusted === undefined) return timestamp;
  notOlder('timestamp', 'its version', timestamp.version, trusted.version);
  if (timestamp.version === trusted.version) return trusted;
  const { snapshot } = timestamp.says;
  notOlder('timestamp', 'the version of the snapshot in it', snapshot.version, trusted.says.snapshot.version);
  return timestamp;
}

/**
 * 5.5. Stands for the one that was saved and for the one that was fetched.
 * @param trusted The one of an earlier time, as far as the root's keys have signed it; it may have expired.
 * @throws {TrustFailure}
 */
export function nextSnapshot(
  root: Document<Root>,
  timestamp: Document<Timestamp>,
  trusted: Document<Snapshot> | undefined,
  bytes: Uint8Array,
  cryptography: Cryptography,
): Document<Snapshot> {
  const announced = timestamp.says.snapshot;
  checkContent('snapshot', bytes, announced, cryptography);
  const snapshot = readSnapshot(bytes);
  checkSignatures(snapshot, root, cryptography);
  announcedVersion(snapshot, announced.version, 'timestamp.json');
  for (const [name, before] of trusted?.says.all ?? []) {
    const now = snapshot.says.all.get(name);
    if (now === undefined) {
      throw new TrustFailure('snapshot', 'version', `${name}, which was in an earlier one, is missing in it`);
    }
    notOlder('snapshot', `the version of ${name} in it`, now.version, before.version);
  }
  return snapshot;
}

/** 5.6. Stands for the one that was saved and for the one that was fetched. @throws {TrustFailure} */
export function nextTargets(
  root: Document<Root>,
  snapshot: Document<Snapshot>,
  bytes: Uint8Array,
  cryptography: Cryptography,
): Document<Targets> {
  const announced = snapshot.says.targets;
  checkContent('targets', bytes, announced, cryptography);
  const targets = readTargets(bytes);
  checkSignatures(targets, root, cryptography);
  announcedVersion(targets, announced.version, 'snapshot.json');
  return targets;
}

function notOlder(role: 'timestamp' | 'snapshot', what: string, now: number, before: number): void {
  if (now >= before) return;
  throw new TrustFailure(
    role,
    'version',
    `${what} is ${now}, and this machine has seen ${before}: it was put back to an older state`,
  );
}

function announcedVersion(document: Document<unknown>, announced: number, by: string): void {
  if (document.version === announced) return;
  throw new TrustFailure(
    document.role,
    'version',
    `it has version ${document.version}, and ${by} announces ${announced}: they do not belong together`,
  );
}
