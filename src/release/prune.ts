/**
 * Removes what no reader needs any more: metadata that was replaced some time ago, and target files that no metadata
 * names which is still there. Roots stay for ever: a client follows them one by one.
 */
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepUnfinished } from '../store/temporary.ts';
import { defaultGraceMs, type ReleaseContext } from './context.ts';
import type { Repository } from './repository.ts';

export async function prune(repository: Repository, context: ReleaseContext): Promise<void> {
  await sweepUnfinished(repository.metadataPath(''));
  const { snapshotMeta } = (await repository.read('timestamp', 'timestamp.json')).signed;
  const snapshot = await repository.read('snapshot', `${snapshotMeta.version}.snapshot.json`);
  const current = {
    snapshot: snapshotMeta.version,
    targets: snapshot.signed.meta['targets.json']?.version ?? 0,
  };
  for (const role of ['snapshot', 'targets'] as const)
    await pruneMetadata(repository, context, role, current[role]);
  await pruneTargets(repository, context);
}

/** Metadata below the version in force goes when what replaced it is there for long enough. */
async function pruneMetadata(
  repository: Repository,
  context: ReleaseContext,
  role: 'snapshot' | 'targets',
  current: number,
): Promise<void> {
  const versions = (await repository.versionsOf(role)).filter((version) => version <= current);
  for (const [index, version] of versions.entries()) {
    const next = versions[index + 1];
    if (next === undefined) continue;
    const { mtimeMs } = await stat(repository.metadataPath(`${next}.${role}.json`));
    if (context.now().getTime() - mtimeMs < (context.graceMs ?? defaultGraceMs)) continue;
    const path = repository.metadataPath(`${version}.${role}.json`);
    await context.onStep?.(path);
    await rm(path, { force: true });
  }
}

async function pruneTargets(repository: Repository, context: ReleaseContext): Promise<void> {
  const kept = new Set<string>();
  for (const version of await repository.versionsOf('targets')) {
    const { targets } = (await repository.read('targets', `${version}.targets.json`)).signed;
    for (const [path, { hashes }] of Object.entries(targets)) {
      kept.add(repository.targetPath(path, hashes.sha256 ?? ''));
    }
  }
  const sweep = async (folder: string): Promise<void> => {
    await sweepUnfinished(folder);
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        await sweep(path);
        // Fails while something is in it.
        await rmdir(path).catch(() => undefined);
      } else if (/^[0-9a-f]{64}\./.test(entry.name) && !kept.has(path)) {
        await context.onStep?.(path);
        await rm(path, { force: true });
      }
    }
  };
  await sweep(join(repository.folder, 'targets'));
}
