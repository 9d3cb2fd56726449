/** What reading artifacts needs from outside. */
import type { Identity } from '../exec/identity.ts';
import { removeTree } from '../exec/remove-tree.ts';
import type { Store } from '../store/store.ts';
import type { Toolbox } from '../tools/toolbox.ts';

/** Tools, a place for temporary files, and a signal. */
export interface Workshop {
  /** Opens the tools tree; called only when a program of it is needed. */
  readonly toolbox: () => Promise<Toolbox>;
  readonly store: Store;
  readonly identity: Identity;
  readonly signal: AbortSignal;
}

/** Gives `work` a fresh folder that is removed when it ends. */
export async function withFolder<T>(workshop: Workshop, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await workshop.store.makeTemporary();
  try {
    return await work(folder);
  } finally {
    await removeTree(folder, workshop.identity);
  }
}
