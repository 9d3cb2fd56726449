/**
 * A change of keys without the old ones: the root and the timestamp must change together, and two files cannot. The new
 * timestamp waits beside the old one until the new root is there; who dies in between has it put in place by the next.
 */
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exists } from '../store/store.ts';
import type { ReleaseContext } from './context.ts';
import { syncFolder } from './durable.ts';
import { type MetadataFile, writeMetadata } from './publish.ts';
import type { Repository } from './repository.ts';

const TIMESTAMP = 'timestamp.json';
/** Clients never ask for it. */
const WAITING = 'next.timestamp.json';

/**
 * Publishes a root and what only it makes good.
 * @param files As {@link signEdition} gives them: the timestamp is the last.
 */
export async function handOver(
  repository: Repository,
  context: ReleaseContext,
  root: MetadataFile,
  files: readonly MetadataFile[],
): Promise<void> {
  const waiting = files.map(({ file, text }) => ({ file: file === TIMESTAMP ? WAITING : file, text }));
  await writeMetadata(repository, context, [...waiting, root]);
  await context.onStep?.(repository.metadataPath(TIMESTAMP));
  await finishHandOver(repository);
}

/**
 * Puts a waiting timestamp in place when the newest root makes it good, and else removes it. Nothing that the newest root
 * does not vouch for gets in: keys that were taken away stay without effect.
 */
export async function finishHandOver(repository: Repository): Promise<void> {
  const path = repository.metadataPath(WAITING);
  if (!(await exists(path))) return;
  const next = await repository.state(WAITING).catch(() => undefined);
  const current = await repository.read('timestamp', TIMESTAMP);
  if (next !== undefined && next.timestamp.signed.version > current.signed.version) {
    await rename(path, repository.metadataPath(TIMESTAMP));
    await syncFolder(dirname(path));
  } else await rm(path, { force: true });
}
