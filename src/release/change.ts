/** Every change of a repository goes this way: one at a time, on a state that is as it was signed. */
import { lockFile } from '../store/lock.ts';
import { explainNoSpace } from '../store/no-space.ts';
import { exists } from '../store/store.ts';
import type { ReleaseContext } from './context.ts';
import { Draft } from './draft.ts';
import { finishHandOver } from './handover.ts';
import { KeyStore } from './key-store.ts';
import { prune } from './prune.ts';
import { signEdition, writeMetadata } from './publish.ts';
import { noRepository, Repository } from './repository.ts';

/**
 * Lets `work` change targets, and publishes what it changed.
 * @throws {UserError} of `work`, or when the change cannot be signed; the repository is then as before.
 */
export async function changeTargets<T>(
  context: ReleaseContext,
  work: (draft: Draft) => Promise<T>,
): Promise<T> {
  return exclusively(context, async (repository) => {
    const state = await repository.state();
    const keys = await openKeys(context);
    const draft = new Draft(repository, context, state);
    const result = await work(draft);
    if (draft.isChanged) {
      const roots = [state.root.signed] as const;
      const files = await signEdition({ state, targets: draft.targets, roots, now: context.now() }, keys);
      await writeMetadata(repository, context, files);
    }
    await prune(repository, context);
    return result;
  });
}

/**
 * While `work` runs nobody else changes the repository: the kernel locks its folder, and leaves no file in it.
 * @throws {UserError} when there is no folder.
 */
export async function exclusively<T>(
  context: ReleaseContext,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  if (!(await exists(context.repository))) throw noRepository(context.repository, 'no such folder');
  const unlock = await lockFile(context.repository, {
    signal: context.workshop.signal,
    onWait: () => context.onMessage('info', 'waiting for another command that changes the repository'),
  });
  try {
    const repository = new Repository(context.repository);
    await finishHandOver(repository);
    return await work(repository);
  } catch (error) {
    throw await explainNoSpace(error, {
      directory: context.repository,
      doing: 'writing to the update repository',
      next: ['free some space there, then run this again: the repository is as it was before'],
    });
  } finally {
    await unlock();
  }
}

/** The keys at hand. */
export function openKeys({ keys, repository, workshop }: ReleaseContext): Promise<KeyStore> {
  return KeyStore.open({ folders: keys, repository, signal: workshop.signal });
}
