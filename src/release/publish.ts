/** New metadata: signed whole before any of it is written, and written so that every moment is a whole repository. */
import type { Root } from '@tufjs/models';
import { Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import type { ReleaseContext } from './context.ts';
import { writeDurably } from './durable.ts';
import type { KeyStore } from './key-store.ts';
import { describe, expiryAfter, sign, specVersion, textOf } from './metadata.ts';
import type { Repository, State, Target } from './repository.ts';
import { lifetimeOf } from './root.ts';

/** What is signed anew; the rest stays as it is. Each takes along what names it, up to the timestamp. */
export interface Edition {
  readonly state: State;
  readonly targets?: ReadonlyMap<string, Target> | undefined;
  readonly snapshot?: boolean;
  /** Roots whose keys must all sign: the one in force, and during a change of keys the next. */
  readonly roots: readonly [Root, ...Root[]];
  readonly now: Date;
}

/** A metadata file that is ready to be written. */
export interface MetadataFile {
  /** Its name, such as `7.targets.json`. */
  readonly file: string;
  readonly text: string;
}

type OnlineRole = 'targets' | 'snapshot' | 'timestamp';

/**
 * Signs an edition.
 * @returns Its files in the order in which they must be written: targets, then the snapshot that names them, then the
 *   timestamp that names that. A reader who comes in between follows the old timestamp to the old snapshot and the old
 *   targets, all of them still there.
 * @throws {UserError} when a key is missing.
 */
export async function signEdition(edition: Edition, keys: KeyStore): Promise<readonly MetadataFile[]> {
  const { state, roots } = edition;
  const newest = roots.at(-1) ?? roots[0];
  const common = (role: OnlineRole) => ({
    specVersion,
    version: state[role].signed.version + 1,
    expires: expiryAfter(edition.now, lifetimeOf(newest, role)),
  });
  const signers = (role: OnlineRole) => roots.map((root) => ({ root, role }));
  const files: MetadataFile[] = [];

  let targetsMeta = state.snapshot.signed.meta['targets.json'];
  if (edition.targets !== undefined) {
    const signed = new Targets({ ...common('targets'), targets: filesOf(edition.targets) });
    const text = textOf(await sign<'targets'>(signed, signers('targets'), keys));
    files.push({ file: `${signed.version}.targets.json`, text });
    targetsMeta = describe(text, signed.version);
  }
  let { snapshotMeta } = state.timestamp.signed;
  if ((edition.targets !== undefined || edition.snapshot === true) && targetsMeta !== undefined) {
    const signed = new Snapshot({ ...common('snapshot'), meta: { 'targets.json': targetsMeta } });
    const text = textOf(await sign<'snapshot'>(signed, signers('snapshot'), keys));
    files.push({ file: `${signed.version}.snapshot.json`, text });
    snapshotMeta = describe(text, signed.version);
  }
  const timestamp = new Timestamp({ ...common('timestamp'), snapshotMeta });
  const text = textOf(await sign<'timestamp'>(timestamp, signers('timestamp'), keys));
  return [...files, { file: 'timestamp.json', text }];
}

/** Writes metadata files one after another, each whole and for good before the next. */
export async function writeMetadata(
  repository: Repository,
  context: ReleaseContext,
  files: readonly MetadataFile[],
): Promise<void> {
  for (const { file, text } of files) {
    const path = repository.metadataPath(file);
    await context.onStep?.(path);
    await writeDurably(path, text);
  }
}

function filesOf(targets: ReadonlyMap<string, Target>): Record<string, TargetFile> {
  return Object.fromEntries(
    [...targets]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([path, { sizeBytes, sha256 }]) => [
        path,
        new TargetFile({ path, length: sizeBytes, hashes: { sha256 } }),
      ]),
  );
}
