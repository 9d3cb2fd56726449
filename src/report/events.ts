/**
 * What a long-running command tells while it works. The terminal view (ink), plain lines and `--json`
 * consume these same events; docs/reference/events.md describes the JSON form.
 */
import type { Problem } from '../errors.ts';

/** How a stage came to its outputs. */
export type StageOutcome = 'built' | 'cached' | 'failed';

export type ReportEvent =
  /** The stages that will run, in order; sent once, before the first of them starts. */
  | { type: 'plan'; image: string; version: string; stages: readonly { id: string; title: string }[] }
  | { type: 'stage-start'; stage: string }
  /** How far a stage is. `total` is absent while it is unknown. */
  | {
      type: 'stage-progress';
      stage: string;
      done: number;
      total?: number;
      unit: 'bytes' | 'items';
      note?: string;
    }
  | { type: 'stage-end'; stage: string; outcome: StageOutcome; durationMs: number; sizeBytes?: number }
  /** A line worth showing. `detail` lines appear only with --verbose and in logs. */
  | { type: 'message'; level: 'detail' | 'info' | 'warning'; text: string; stage?: string }
  /** A file in the output folder, complete and verified. */
  | { type: 'artifact'; role: string; format: string; path: string; sizeBytes: number; sha256: string }
  | {
      type: 'failure';
      code: string;
      summary: string;
      seen?: string;
      needed?: string;
      where?: string;
      next: readonly string[];
      problems: readonly Problem[];
    }
  /** The last event. */
  | { type: 'end'; ok: boolean; durationMs: number; output?: string };

/** Receives events. Implementations never throw and never block. */
export interface Reporter {
  emit(event: ReportEvent): void;
  /** Restores the terminal and flushes what is pending. Safe to call twice. */
  close(): Promise<void>;
}
