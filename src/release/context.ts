/** What work on a repository needs from outside. */
import type { Workshop } from '../inspect/workshop.ts';

export interface ReleaseContext {
  /** The published folder. */
  readonly repository: string;
  /** Folders with keys; keys that are made go into the first. */
  readonly keys: readonly string[];
  readonly workshop: Workshop;
  readonly now: () => Date;
  readonly onMessage: (level: 'info' | 'warning', text: string) => void;
  /** How long what was replaced stays, for readers that are in the middle of it; {@link defaultGraceMs} by default. */
  readonly graceMs?: number;
  /** Called before each file appears in the repository, or leaves it, with its path in it. */
  readonly onStep?: (path: string) => void | Promise<void>;
}

/** A slow reader that began with the metadata of yesterday can finish. */
export const defaultGraceMs = 24 * 3600 * 1000;
