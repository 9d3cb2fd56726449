/** A change to a repository in the making: files are put in place at once, under names that nobody knows yet. */
import { stat } from 'node:fs/promises';
import { digestBytes, digestFile } from '../store/digest.ts';
import { unfinishedName } from '../store/temporary.ts';
import type { ReleaseContext } from './context.ts';
import { placeDurably, writeDurably } from './durable.ts';
import { type Repository, type State, type Target, targetsOf } from './repository.ts';

export class Draft {
  /** Every target, by path. */
  private readonly named: Map<string, Target>;
  private changed = false;

  constructor(
    private readonly repository: Repository,
    private readonly context: ReleaseContext,
    readonly state: State,
  ) {
    this.named = new Map(targetsOf(state));
  }

  /** Whether there is anything to publish. */
  get isChanged(): boolean {
    return this.changed;
  }

  get targets(): ReadonlyMap<string, Target> {
    return this.named;
  }

  /** A text target as it is now; undefined when there is none. @throws {UserError} when it is damaged. */
  async readText(path: string): Promise<string | undefined> {
    return this.named.has(path) ? this.repository.readTarget(this.state, path) : undefined;
  }

  /** Where a target's file is; undefined when there is none. */
  fileOf(path: string): string | undefined {
    const target = this.named.get(path);
    return target === undefined ? undefined : this.repository.targetPath(path, target.sha256);
  }

  /** Adds or replaces a target. */
  async putText(path: string, text: string): Promise<void> {
    const sha256 = digestBytes(text);
    const file = this.repository.targetPath(path, sha256);
    await this.context.onStep?.(file);
    await writeDurably(file, text);
    this.name(path, { sizeBytes: Buffer.byteLength(text), sha256 });
  }

  /** A name for a file of this target while it is being written; {@link putFile} takes it from there. */
  async unfinished(path: string): Promise<string> {
    return unfinishedName(this.repository.targetPath(path, 'new'));
  }

  /** Adds or replaces a target with a finished file, which is moved. */
  async putFile(path: string, from: string): Promise<Target> {
    const target = {
      sizeBytes: (await stat(from)).size,
      sha256: await digestFile(from, this.context.workshop.signal),
    };
    const file = this.repository.targetPath(path, target.sha256);
    await this.context.onStep?.(file);
    await placeDurably(from, file);
    this.name(path, target);
    return target;
  }

  /** From now on nothing names it; the file stays until nobody can be reading it. */
  remove(path: string): void {
    if (this.named.delete(path)) this.changed = true;
  }

  private name(path: string, target: Target): void {
    const before = this.named.get(path);
    if (before?.sha256 === target.sha256 && before.sizeBytes === target.sizeBytes) return;
    this.named.set(path, target);
    this.changed = true;
  }
}
