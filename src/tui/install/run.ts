/** An installation as it goes on. */
import type { InstallEvent, InstallStepName } from '../../install/events.ts';
import { installPercent } from '../../install/events.ts';
import { addSample, type Sample, speedOf } from '../../report/speed.ts';
import type { InstallOutcome } from './port.ts';

export interface RunStep {
  readonly status: 'running' | 'done';
  readonly startedAtMs: number;
  readonly durationMs: number | undefined;
}

export interface Run {
  readonly startedAtMs: number;
  /** The moment of the last event or tick. */
  readonly nowMs: number;
  /** Steps that have begun. */
  readonly steps: Readonly<Partial<Record<InstallStepName, RunStep>>>;
  readonly percent: number;
  readonly progress:
    | {
        readonly step: InstallStepName;
        readonly doneBytes: number;
        readonly totalBytes: number;
        readonly samples: readonly Sample[];
      }
    | undefined;
  readonly notes: readonly { readonly level: 'info' | 'warning'; readonly text: string }[];
  /** Somebody asked to stop it. */
  readonly isStopping: boolean;
  readonly end:
    | { readonly kind: 'installed'; readonly outcome: InstallOutcome }
    | { readonly kind: 'failed'; readonly failure: Failure }
    | { readonly kind: 'stopped' }
    | undefined;
}

/** What went wrong, in the parts of an error. */
export interface Failure {
  readonly summary: string;
  readonly seen: readonly string[];
  readonly needed: string | undefined;
  readonly next: readonly string[];
}

/** An installation that begins now. */
export function startRun(nowMs: number): Run {
  return {
    startedAtMs: nowMs,
    nowMs,
    steps: {},
    percent: 0,
    progress: undefined,
    notes: [],
    isStopping: false,
    end: undefined,
  };
}

/** The installation after an event. */
export function reduceRun(run: Run, event: InstallEvent, nowMs: number): Run {
  const next = { ...run, nowMs, percent: Math.max(run.percent, installPercent(event) ?? 0) };
  switch (event.kind) {
    case 'step-started':
      return {
        ...next,
        progress: undefined,
        steps: {
          ...run.steps,
          [event.step]: { status: 'running', startedAtMs: nowMs, durationMs: undefined },
        },
      };
    case 'progress': {
      const samples = run.progress?.step === event.step ? run.progress.samples : [];
      const { step, doneBytes, totalBytes } = event;
      return {
        ...next,
        progress: {
          step,
          doneBytes,
          totalBytes,
          samples: addSample(samples, { atMs: nowMs, done: doneBytes }),
        },
      };
    }
    case 'step-ended': {
      const startedAtMs = run.steps[event.step]?.startedAtMs ?? nowMs;
      return {
        ...next,
        progress: undefined,
        steps: {
          ...run.steps,
          [event.step]: { status: 'done', startedAtMs, durationMs: event.durationMs },
        },
      };
    }
    case 'note':
      return { ...next, notes: [...run.notes, { level: event.level, text: event.text }] };
  }
}

/** Bytes per second of the step that copies or reads; undefined while there is too little to judge from. */
export function runSpeed({ progress, nowMs }: Run): number | undefined {
  return progress === undefined ? undefined : speedOf(progress.samples, nowMs);
}

/**
 * How long it will still take. Bytes are copied, then read back: what is read is judged by the speed of the copying
 * until it has one of its own.
 * @returns Undefined while there is too little to judge from.
 */
export function remainingMs(run: Run): number | undefined {
  const { progress } = run;
  const speed = runSpeed(run);
  if (progress === undefined || speed === undefined || speed <= 0) return undefined;
  const left = progress.totalBytes - progress.doneBytes;
  const later = progress.step === 'copy' ? progress.totalBytes : 0;
  return ((left + later) / speed) * 1000;
}

/** What an interruption means: docs/install.md. */
export function interruptionText(run: Run | undefined, keepsVar: boolean): string {
  if (run?.steps.partition === undefined) return 'Nothing was written: the disk is as it was.';
  return keepsVar
    ? 'The new version is not complete, and does not start. The one before it still does, and /var is as it was.'
    : 'What was on the disk is gone, and nothing starts from it until Basalt is installed again.';
}
