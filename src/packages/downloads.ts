/** Downloads into the store: each object once, whoever asks, also when several builds run at the same time. */
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Store, StoredObject } from '../store/store.ts';
import { isRunning, processMark } from '../store/temporary.ts';
import { download } from './download.ts';

/** What to download: an object and an address that has it. */
export interface Wanted extends StoredObject {
  readonly uri: string;
}

/**
 * Parts lie in the store's `parts` folder: `SHA256` when nobody works on it, `SHA256.MARK` while the process MARK does.
 * Claiming one is a rename, so two builds never write to the same part.
 */
export class Downloads {
  private readonly running = new Map<string, Promise<void>>();

  /** @param offline Refuse to use the network. */
  constructor(
    private readonly store: Store,
    private readonly offline = false,
  ) {}

  /** Brings an object into the store. Concurrent calls for the same object share one download. */
  fetch(wanted: Wanted, signal: AbortSignal, onBytes: (count: number) => void): Promise<void> {
    if (this.offline && !wanted.uri.startsWith('file:')) {
      return Promise.reject(
        new UserError('offline', 'a package is not in the store, and --offline forbids fetching it', {
          where: wanted.uri,
          next: ['run once without --offline'],
        }),
      );
    }
    const known = this.running.get(wanted.sha256);
    if (known) return known;
    const started = this.fetchNew(wanted, signal, onBytes);
    this.running.set(wanted.sha256, started);
    return started.finally(() => this.running.delete(wanted.sha256));
  }

  private async fetchNew(
    wanted: Wanted,
    signal: AbortSignal,
    onBytes: (count: number) => void,
  ): Promise<void> {
    const folder = join(this.store.directory, 'parts');
    await mkdir(folder, { recursive: true });
    const idle = join(folder, wanted.sha256);
    const claimed = `${idle}.${await processMark(process.pid)}`;
    if (await this.store.hasObject(wanted)) return;
    await this.claim(folder, idle, claimed);
    onBytes((await stat(claimed).catch(() => undefined))?.size ?? 0);
    try {
      await download({ ...wanted, path: claimed, signal, onBytes });
    } catch (error) {
      // What came stays for the next run.
      await rename(claimed, idle).catch(() => undefined);
      throw error;
    }
    const target = this.store.objectPath(wanted.sha256);
    await mkdir(dirname(target), { recursive: true });
    await rename(claimed, target);
  }

  /** Takes over the part that an earlier run left, whether it ended or was killed. */
  private async claim(folder: string, idle: string, claimed: string): Promise<void> {
    const names = (await readdir(folder))
      .map((name) => join(folder, name))
      .filter((name) => name.startsWith(idle));
    for (const name of names) {
      const mark = name.slice(idle.length + 1);
      if (mark !== '' && (await isRunning(mark))) continue;
      if (
        await rename(name, claimed).then(
          () => true,
          () => false,
        )
      )
        return;
    }
  }
}
