/** Events as plain lines, for pipes and CI logs: no escape codes, nothing overwritten. */
import type { Writable } from 'node:stream';
import { formatDuration, formatSize } from '../units.ts';
import { type BuildState, emptyBuild, reduceBuild, type StageState } from './build-state.ts';
import type { ReportEvent, Reporter } from './events.ts';
import { createLineWriter } from './lines.ts';
import { printable } from './printable.ts';
import { endSentence, fractionOf, speedText } from './sentences.ts';

/** A stage tells its progress at most this often, so that a log stays readable. */
const PROGRESS_EVERY_MS = 5000;

/** What {@link createPlainReporter} can be told. */
export interface PlainOptions {
  /** Also tell when stages start, and `detail` messages. */
  readonly verbose?: boolean;
  /** A steady clock in milliseconds; for tests. */
  readonly now?: () => number;
}

/**
 * Reports each event worth a line as one line. A `failure` event has no line here: the command line
 * renders the error itself, after this reporter is closed.
 * @param stream Usually stderr. It is not closed.
 */
export function createPlainReporter(stream: Writable, options: PlainOptions = {}): Reporter {
  const now = options.now ?? (() => performance.now());
  const verbose = options.verbose ?? false;
  const lines = createLineWriter(stream);
  const toldAtMs = new Map<string, number>();
  let state = emptyBuild();
  let closed = false;

  /** True when the stage has been silent for long enough; counts from its start. */
  function isDue(stage: StageState, nowMs: number): boolean {
    const last = toldAtMs.get(stage.id) ?? stage.startedAtMs ?? nowMs;
    if (nowMs - last < PROGRESS_EVERY_MS) return false;
    toldAtMs.set(stage.id, nowMs);
    return true;
  }

  function lineOf(event: ReportEvent, nowMs: number): string | undefined {
    switch (event.type) {
      case 'plan':
        return `building ${event.image} ${event.version}: ${plural(event.stages.length, 'stage')}`;
      case 'stage-start':
        return verbose ? `${stageName(state, event.stage)}: started` : undefined;
      case 'stage-progress': {
        const stage = state.stages.find(({ id }) => id === event.stage);
        if (stage === undefined || !isDue(stage, nowMs)) return undefined;
        return `${stageName(state, event.stage)}: ${progressText(stage, nowMs)}`;
      }
      case 'stage-end':
        return `${stageName(state, event.stage)}: ${outcomeText(event)}`;
      case 'message':
        if (event.level === 'detail' && !verbose) return undefined;
        return `${event.level === 'warning' ? 'warning: ' : ''}${about(state, event.stage)}${event.text}`;
      case 'artifact':
        return `wrote ${event.path} (${event.format}, ${formatSize(event.sizeBytes)}, sha256 ${event.sha256})`;
      case 'end': {
        // Every command ends; only what had a plan has something to sum up.
        if (state.image === undefined) return undefined;
        const output = event.output === undefined ? '' : `: ${event.output}`;
        return `${endSentence(state)}${output}`;
      }
      case 'failure':
        return undefined;
    }
  }

  return {
    emit(event) {
      if (closed) return;
      const nowMs = now();
      state = reduceBuild(state, event, nowMs);
      const line = lineOf(event, nowMs);
      if (line !== undefined) lines.write(printable(line));
    },
    async close() {
      closed = true;
      await lines.close();
    },
  };
}

/** `[ 3/12] Download packages`, or only the name when the plan does not know it. */
function stageName(state: BuildState, id: string): string {
  const index = state.stages.findIndex((stage) => stage.id === id);
  const total = String(state.stages.length);
  const number = String(index + 1).padStart(total.length);
  return `[${number}/${total}] ${state.stages[index]?.title ?? id}`;
}

function about(state: BuildState, id: string | undefined): string {
  if (id === undefined) return '';
  return `${state.stages.find((stage) => stage.id === id)?.title ?? id}: `;
}

function outcomeText(event: Extract<ReportEvent, { type: 'stage-end' }>): string {
  const size = event.sizeBytes === undefined ? '' : `, ${formatSize(event.sizeBytes)}`;
  const duration = formatDuration(event.durationMs);
  switch (event.outcome) {
    case 'cached':
      return `cached${size}`;
    case 'built':
      return `built in ${duration}${size}`;
    case 'failed':
      return `failed after ${duration}`;
  }
}

function progressText(stage: StageState, nowMs: number): string {
  const { progress } = stage;
  if (progress === undefined) return 'running';
  const fraction = fractionOf(progress);
  const amount = (count: number) => (progress.unit === 'bytes' ? formatSize(count) : String(count));
  const howFar =
    fraction === undefined || progress.total === undefined
      ? amount(progress.done)
      : `${Math.floor(fraction * 100)}%, ${amount(progress.done)} of ${amount(progress.total)}`;
  return [howFar, speedText(progress, nowMs), progress.note ?? ''].filter((part) => part !== '').join(', ');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
