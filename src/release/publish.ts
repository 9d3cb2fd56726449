/** New metadata: signed whole before any of it is written, and written so that every moment is a whole repository. */

import type { Root } from '@tufjs/models';
import { Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import type { ReleaseContext } from './context.ts';
import { writeDurably } from './durable.ts';
import type { KeyStore } from './key-store.ts';
import { describe, expiryAfter, sign, specVersion, textOf } from './metadata.ts';
import type { Repository, State, Target } from './repository.ts';
import { lifetimeOf } from './root.ts';

/** What is signed anew; the rest stays as it is. Each one takes the ones that name it along. */
export interface Edition {
  readonly targets?: ReadonlyMap<string, Target> | undefined;
  readonly snapshot?: boolean;
  /** Roots whose keys must all sign: the one in force, and during a change of keys the next. */
  readonly roots: readonly Root[];
}

/**
 * Signs and writes metadata: targets, then the snapshot that names them, then the timestamp that names that. A reader who
 * comes in between follows the old timestamp to the old snapshot and the old targets, all of them still there.
 * @throws {UserError} when a key is missing; then nothing was written.
 */
export async function publish(
  repository: Repository,
  context: ReleaseContext,
  keys: KeyStore,
  { state, edition }: { readonly state: State; readonly edition: Edition },
): Promise<void> {
  const files: [file: string, text: string][] = [];
  const now = context.now();
  const newest = edition.roots.at(-1) ?? state.root.signed;
  const signersOf = (role: 'targets' | 'snapshot' | 'timestamp') =>
    edition.roots.map((root) => ({ root, role }));
  const expires = (role: 'targets' | 'snapshot' | 'timestamp') => expiryAfter(now, lifetimeOf(newest, role));

  let targetsMeta = state.snapshot.signed.meta['targets.json'];
  if (edition.targets !== undefined) {
    const version = state.targets.signed.version + 1;
    const signed = new Targets({
      specVersion,
      version,
      expires: expires('targets'),
      targets: filesOf(edition.targets),
    });
    const text = textOf(await sign<'targets'>(signed, signersOf('targets'), keys));
    files.push([`${version}.targets.json`, text]);
    targetsMeta = describe(text, version);
  }
  let { snapshotMeta } = state.timestamp.signed;
  if ((edition.targets !== undefined || edition.snapshot === true) && targetsMeta !== undefined) {
    const version = state.snapshot.signed.version + 1;
    const signed = new Snapshot({
      specVersion,
      version,
      expires: expires('snapshot'),
      meta: { 'targets.json': targetsMeta },
    });
    const text = textOf(await sign<'snapshot'>(signed, signersOf('snapshot'), keys));
    files.push([`${version}.snapshot.json`, text]);
    snapshotMeta = describe(text, version);
  }
  const version = state.timestamp.signed.version + 1;
  const timestamp = new Timestamp({ specVersion, version, expires: expires('timestamp'), snapshotMeta });
  files.push(['timestamp.json', textOf(await sign<'timestamp'>(timestamp, signersOf('timestamp'), keys))]);

  for (const [file, text] of files) {
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
