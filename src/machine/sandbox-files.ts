/** Gives each file of the host that a machine needs its place inside the sandbox. */
import { basename } from 'node:path';
import type { Bind } from '../exec/sandbox.ts';

/** The tools tree is read-only, so places for files can only be made on its fresh /run. */
const FOLDER = '/run/machine';

export class SandboxFiles {
  private readonly places = new Map<string, Bind & { target: string }>();

  /** @returns The path inside the sandbox. The same file has one place; it is writable when any use of it is. */
  place(path: string, { writable = false } = {}): string {
    const known = this.places.get(path);
    const target = known?.target ?? `${FOLDER}/${this.places.size}/${basename(path)}`;
    this.places.set(path, { source: path, target, writable: writable || (known?.writable ?? false) });
    return target;
  }

  /** What the sandbox must bind. */
  get binds(): readonly Bind[] {
    return [...this.places.values()];
  }
}
