/** The client's workflow (TUF specification, sections 5.3 to 5.6): fetches, judges, and saves each document once it is trusted. */
import { KIB, MIB } from '../../../units.ts';
import type { Host } from '../../host.ts';
import { UpdateFailure } from '../failure.ts';
import type { Patience } from '../fetch/patience.ts';
import type { Server } from '../fetch/server.ts';
import { fetchSmallFile } from '../fetch/small-file.ts';
import { trustedRoot } from './anchor.ts';
import type { AnnouncedFile } from './announced-file.ts';
import type { Cryptography } from './cryptography.ts';
import type { Document } from './document.ts';
import type { Root } from './root.ts';
import { readSaved } from './saved.ts';
import type { Snapshot } from './snapshot.ts';
import type { Targets } from './targets.ts';
import type { Timestamp } from './timestamp.ts';
import { TrustFailure } from './trust-failure.ts';
import { type SavedRole, TrustStore } from './trust-store.ts';
import { checkExpiry, nextRoot, nextSnapshot, nextTargets, nextTimestamp } from './workflow.ts';

/** The most bytes of each document, whatever another one announces: they are read into memory. */
const MAXIMUM_BYTES = { root: 512 * KIB, timestamp: 16 * KIB, snapshot: 2 * MIB, targets: 10 * MIB } as const;
/** New roots in one refresh. Who rotates keys each day for half a year takes two. */
const MAXIMUM_NEW_ROOTS = 256;

/** What is trusted now. */
export interface Trusted {
  readonly root: Document<Root>;
  readonly timestamp: Document<Timestamp>;
  readonly snapshot: Document<Snapshot>;
  readonly targets: Document<Targets>;
}

/**
 * @throws {UpdateFailure} when the server cannot be read.
 * @throws {TrustFailure} when something is not to be trusted; what was trusted before stays.
 */
export function refresh(parts: Omit<Context, 'store' | 'nowMs'>): Trusted {
  const context = { ...parts, store: new TrustStore(parts.host), nowMs: parts.host.nowMs() };
  const root = refreshRoot(context);
  const saved = readSaved(context, root);
  const timestamp = refreshTimestamp(context, root, saved.timestamp);
  const snapshot = refreshSnapshot(context, root, timestamp, saved.snapshot);
  const targets = refreshTargets(context, root, snapshot);
  return { root, timestamp, snapshot, targets };
}

/** One refresh judges by one time, whatever happens to the clock meanwhile (5.1). */
export interface Context {
  readonly host: Host;
  readonly patience: Patience;
  readonly server: Server;
  readonly cryptography: Cryptography;
  readonly store: TrustStore;
  readonly nowMs: number;
}

function refreshRoot(context: Context): Document<Root> {
  const { host, store, cryptography } = context;
  let root = trustedRoot(host, store, cryptography);
  for (let count = 0; ; count++) {
    const bytes = fetchSmallFile(
      host,
      {
        address: context.server.metadata(`${root.version + 1}.root.json`),
        maximumBytes: MAXIMUM_BYTES.root,
        mayBeMissing: true,
      },
      context.patience,
    );
    if (bytes === undefined) break;
    if (count === MAXIMUM_NEW_ROOTS) {
      throw new UpdateFailure(
        `the server has more than ${MAXIMUM_NEW_ROOTS} new roots, from version ${root.version - count + 1} on`,
        { next: 'when that is right, the next check goes on with the rest', passing: true },
      );
    }
    root = nextRoot(root, bytes, cryptography);
    store.saveRoot(root.version, bytes);
    host.log('info', `update: the keys of the repository changed: root version ${root.version} is trusted`);
  }
  checkExpiry(root, context.nowMs);
  return root;
}

function refreshTimestamp(
  context: Context,
  root: Document<Root>,
  saved: Document<Timestamp> | undefined,
): Document<Timestamp> {
  const bytes = fetched(context, 'timestamp.json', MAXIMUM_BYTES.timestamp);
  const timestamp = nextTimestamp(root, saved, bytes, context.cryptography);
  checkExpiry(timestamp, context.nowMs);
  if (timestamp !== saved) context.store.save('timestamp', bytes);
  return timestamp;
}

function refreshSnapshot(
  context: Context,
  root: Document<Root>,
  timestamp: Document<Timestamp>,
  saved: Document<Snapshot> | undefined,
): Document<Snapshot> {
  return savedOrFetched(context, 'snapshot', timestamp.says.snapshot, (bytes) =>
    nextSnapshot(root, timestamp, saved, bytes, context.cryptography),
  );
}

function refreshTargets(
  context: Context,
  root: Document<Root>,
  snapshot: Document<Snapshot>,
): Document<Targets> {
  return savedOrFetched(context, 'targets', snapshot.says.targets, (bytes) =>
    nextTargets(root, snapshot, bytes, context.cryptography),
  );
}

/** The one that is here when it is the right one, judged like one that comes from the server. */
function savedOrFetched<T>(
  context: Context,
  role: SavedRole,
  announced: AnnouncedFile,
  judge: (bytes: Uint8Array) => Document<T>,
): Document<T> {
  const here = context.store.read(role);
  const kept = here && unlessUntrusted(() => judge(here));
  const bytes =
    kept?.bytes ??
    fetched(
      context,
      `${announced.version}.${role}.json`,
      Math.min(announced.sizeBytes ?? MAXIMUM_BYTES[role], MAXIMUM_BYTES[role]),
    );
  const document = kept ?? judge(bytes);
  checkExpiry(document, context.nowMs);
  if (kept === undefined) context.store.save(role, bytes);
  return document;
}

/** @returns Undefined for a {@link TrustFailure}. */
function unlessUntrusted<T>(judge: () => T): T | undefined {
  try {
    return judge();
  } catch (error) {
    if (error instanceof TrustFailure) return undefined;
    throw error;
  }
}

function fetched({ host, server, patience }: Context, file: string, maximumBytes: number): Uint8Array {
  const address = server.metadata(file);
  const bytes = fetchSmallFile(host, { address, maximumBytes }, patience);
  if (bytes === undefined) throw new UpdateFailure(`${address.shown}: the server gave nothing`);
  return bytes;
}
