/** What the events told so far, in the shape a view needs. Pure: the clock comes in as an argument. */
import type { ReportEvent, StageOutcome } from './events.ts';
import { addSample, type Sample } from './speed.ts';

/** How far a running stage said it is. */
export interface StageProgress {
  readonly done: number;
  readonly total: number | undefined;
  readonly unit: 'bytes' | 'items';
  readonly note: string | undefined;
  readonly samples: readonly Sample[];
}

/** One stage of the plan. `stopped` means the build ended while it ran, without it being the one that failed. */
export interface StageState {
  readonly id: string;
  readonly title: string;
  readonly status: 'waiting' | 'running' | 'stopped' | StageOutcome;
  /** On the caller's clock; undefined while it waits. */
  readonly startedAtMs: number | undefined;
  /** Known at its end. */
  readonly durationMs: number | undefined;
  readonly sizeBytes: number | undefined;
  /** The last progress it told; undefined when it told none. */
  readonly progress: StageProgress | undefined;
}

export type MessageEvent = Extract<ReportEvent, { type: 'message' }>;
export type ArtifactEvent = Extract<ReportEvent, { type: 'artifact' }>;
export type EndEvent = Extract<ReportEvent, { type: 'end' }>;

/** A build as far as its events told. */
export interface BuildState {
  /** Undefined until the plan came. */
  readonly image: string | undefined;
  readonly version: string | undefined;
  /** When the first event came, on the caller's clock. */
  readonly startedAtMs: number | undefined;
  /** In the plan's order. */
  readonly stages: readonly StageState[];
  readonly messages: readonly MessageEvent[];
  readonly artifacts: readonly ArtifactEvent[];
  /** Undefined while the build runs. */
  readonly end: EndEvent | undefined;
}

/** The state before any event. */
export function emptyBuild(): BuildState {
  return {
    image: undefined,
    version: undefined,
    startedAtMs: undefined,
    stages: [],
    messages: [],
    artifacts: [],
    end: undefined,
  };
}

/**
 * The state after one more event.
 * @param nowMs When the event came, on any steady clock; the views must read the same one.
 */
export function reduceBuild(before: BuildState, event: ReportEvent, nowMs: number): BuildState {
  const state = before.startedAtMs === undefined ? { ...before, startedAtMs: nowMs } : before;
  switch (event.type) {
    case 'plan':
      return { ...state, image: event.image, version: event.version, stages: event.stages.map(waitingStage) };
    case 'stage-start':
      return withStage(state, event.stage, (stage) => ({ ...stage, status: 'running', startedAtMs: nowMs }));
    case 'stage-progress':
      return withStage(state, event.stage, (stage) => ({
        ...stage,
        status: 'running',
        startedAtMs: stage.startedAtMs ?? nowMs,
        progress: {
          done: event.done,
          total: event.total,
          unit: event.unit,
          note: event.note,
          samples: addSample(sameUnit(stage, event.unit), { atMs: nowMs, done: event.done }),
        },
      }));
    case 'stage-end':
      return withStage(state, event.stage, (stage) => ({
        ...stage,
        status: event.outcome,
        durationMs: event.durationMs,
        sizeBytes: event.sizeBytes,
      }));
    case 'message':
      return { ...state, messages: [...state.messages, event] };
    case 'artifact':
      return { ...state, artifacts: [...state.artifacts, event] };
    case 'end':
      return { ...state, end: event, stages: state.stages.map((stage) => stopped(stage, nowMs)) };
    case 'failure':
      // What failed is told once, after the view has closed: cli/failure.ts.
      return state;
  }
}

/** How many stages ended with one of these outcomes. */
export function countStages(state: BuildState, ...statuses: StageState['status'][]): number {
  return state.stages.filter(({ status }) => statuses.includes(status)).length;
}

function waitingStage({ id, title }: { id: string; title: string }): StageState {
  return {
    id,
    title,
    status: 'waiting',
    startedAtMs: undefined,
    durationMs: undefined,
    sizeBytes: undefined,
    progress: undefined,
  };
}

/** Changes one stage; a stage that the plan did not name joins at the end. */
function withStage(state: BuildState, id: string, change: (stage: StageState) => StageState): BuildState {
  if (!state.stages.some((stage) => stage.id === id)) {
    return { ...state, stages: [...state.stages, change(waitingStage({ id, title: id }))] };
  }
  return { ...state, stages: state.stages.map((stage) => (stage.id === id ? change(stage) : stage)) };
}

/** Samples of another unit say nothing about this one. */
function sameUnit(stage: StageState, unit: 'bytes' | 'items'): readonly Sample[] {
  return stage.progress?.unit === unit ? stage.progress.samples : [];
}

function stopped(stage: StageState, nowMs: number): StageState {
  if (stage.status !== 'running') return stage;
  return { ...stage, status: 'stopped', durationMs: nowMs - (stage.startedAtMs ?? nowMs) };
}
