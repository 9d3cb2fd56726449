/** Resources acquired by scope and released in reverse order, on failure and Ctrl-C too. */
import { InterruptedError } from '../errors.ts';

type Release = () => Promise<void> | void;

/** Collects what must be released. Made by {@link withScope}. */
export class Scope {
  private readonly releases: Release[] = [];

  /** @param signal Aborted on Ctrl-C, or when a sibling of the work failed. */
  constructor(readonly signal: AbortSignal) {}

  /** Registers something to undo when the scope ends. */
  defer(release: Release): void {
    this.releases.push(release);
  }

  /** @throws {InterruptedError} when the signal was aborted. */
  check(): void {
    if (this.signal.aborted) throw new InterruptedError();
  }

  /** Releases everything, newest first. The first failure is thrown after all were tried. */
  async release(): Promise<void> {
    let failure: { error: unknown } | undefined;
    for (let release = this.releases.pop(); release !== undefined; release = this.releases.pop()) {
      try {
        await release();
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }
}

/** Runs `work` with a scope that is released when it ends, however it ends. */
export async function withScope<T>(signal: AbortSignal, work: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope(signal);
  try {
    return await work(scope);
  } finally {
    await scope.release();
  }
}
