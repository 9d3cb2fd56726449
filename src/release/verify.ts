/** Checks a whole repository as clients would see it, and what clients find out only on the way. */
import { dirname } from 'node:path';
import { messageOf } from '../errors.ts';
import { type Check, check } from '../inspect/check.ts';
import { verifyDigest } from '../inspect/verify-digests.ts';
import type { ReleaseContext } from './context.ts';
import { Repository, type Target, targetsOf } from './repository.ts';
import { verifyContent } from './verify-content.ts';
import { verifyMetadata } from './verify-metadata.ts';

export interface VerifyOptions {
  /** Apply the deltas too. */
  readonly deep: boolean;
}

/**
 * Every signature, threshold, version and date; every file's length and digest; what releases are made of, and whether
 * channels lead to releases. Changes nothing, and needs no keys.
 */
export async function* verifyRepository(
  context: ReleaseContext,
  options: VerifyOptions,
): AsyncGenerator<Check> {
  const repository = new Repository(context.repository);
  const state = yield* verifyMetadata(repository, context.now());
  if (state === undefined) return;
  const sound = new Set<string>();
  for (const [path, target] of targetsOf(state)) {
    const found = await verifyTarget(repository, path, target, context.workshop.signal);
    if (found.outcome === 'ok') sound.add(path);
    yield found;
  }
  yield* verifyContent({ repository, context, state, sound, deep: options.deep });
}

/** A file is called by its path in the repository's metadata. */
async function verifyTarget(
  repository: Repository,
  path: string,
  { sizeBytes, sha256 }: Target,
  signal: AbortSignal,
): Promise<Check> {
  const file = repository.targetPath(path, sha256);
  try {
    const found = await verifyDigest(
      dirname(file),
      { file: file.slice(dirname(file).length + 1), sha256, sizeBytes },
      signal,
    );
    return { ...found, file: path };
  } catch (error) {
    if (signal.aborted) throw error;
    return check({ file: path }, 'can be read', messageOf(error));
  }
}
