/**
 * Runs a plan by pulling: a stage runs when something that is needed asks for its outputs and the store does not
 * have them. Inputs are verified by digest while the stage reads them; what it made from a damaged one is thrown away, and
 * both are made again.
 */
import { join } from 'node:path';
import { BugError, InterruptedError } from '../errors.ts';
import { removeTree } from '../exec/remove-tree.ts';
import { Downloads } from '../packages/downloads.ts';
import type { StageKind } from '../plan/catalogue.ts';
import type { Source } from '../plan/content.ts';
import type { Plan, PlannedStage } from '../plan/plan.ts';
import type { Reporter } from '../report/events.ts';
import { runners } from '../stages/runners.ts';
import type { StageContext, StageResult, StageRunner } from '../stages/stage.ts';
import { explainNoSpace } from '../store/no-space.ts';
import type { StageRecord, Store, StoredObject } from '../store/store.ts';
import type { Toolbox } from '../tools/toolbox.ts';
import { fileOf } from './source-file.ts';

export interface ExecutorOptions {
  readonly plan: Plan;
  readonly sources: ReadonlyMap<string, Source>;
  readonly store: Store;
  readonly toolbox: Toolbox;
  /** The project's folder. */
  readonly home: string;
  /** Fail rather than download. */
  readonly offline: boolean;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** How often something is made again before that is a bug. */
const MOST_ATTEMPTS = 3;

/** Stages whose outputs in the store are not what was kept. */
class DamagedInputs extends Error {
  constructor(readonly stages: readonly string[]) {
    super(`damaged: ${stages.join(', ')}`);
  }
}

export class Executor {
  private readonly running = new Map<string, Promise<StageRecord>>();
  /** Stages made in this run: their objects were hashed moments ago. */
  private readonly made = new Set<string>();
  /** Whether what the store has of a stage is whole: asked once. */
  private readonly looks = new Map<string, Promise<boolean>>();
  private readonly failed = new AbortController();
  /** Aborted by the user, and by the first failure. */
  readonly signal: AbortSignal;
  private readonly downloads: Downloads;

  constructor(private readonly options: ExecutorOptions) {
    this.downloads = new Downloads(options.store, options.offline);
    this.signal = AbortSignal.any([options.signal, this.failed.signal]);
  }

  /** The outputs of a stage, their content verified. */
  async outputs(id: string): Promise<StageRecord> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const record = await this.record(id);
      if (await this.isWhole(id, record)) return record;
    }
    throw new BugError(`the outputs of ${id} are damaged whenever they are made`);
  }

  /** Marks the stages that were not needed, for the report. */
  reportUntouched(): void {
    for (const { id } of this.options.plan.stages) {
      if (!this.running.has(id)) {
        this.options.reporter.emit({ type: 'stage-end', stage: id, outcome: 'cached', durationMs: 0 });
      }
    }
  }

  /**
   * The record of a stage, from the store or by running it. Concurrent askers share one run. The content of its
   * objects is not looked at: whoever reads it asks {@link outputs}.
   */
  record(id: string): Promise<StageRecord> {
    const known = this.running.get(id);
    if (known) return known;
    const stage = this.options.plan.stages.find((planned) => planned.id === id);
    if (stage === undefined) throw new BugError(`the plan has no stage ${id}`);
    const made = this.together(this.fetchOrMake(stage));
    this.running.set(id, made);
    return made;
  }

  /** Makes work a part of the build: whatever fails first ends all the rest, and is what is told. */
  together<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      this.failed.abort(error);
      throw this.options.signal.aborted ? new InterruptedError() : (this.failed.signal.reason ?? error);
    });
  }

  private async fetchOrMake(stage: PlannedStage): Promise<StageRecord> {
    const stored = await this.fromStore(stage);
    if (stored) return stored;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      // Inputs first, and at the same time: they may be long stages themselves.
      const inputs = await this.inputsOf(stage);
      try {
        return await this.makeOnce(stage, inputs);
      } catch (error) {
        if (!(error instanceof DamagedInputs)) throw error;
      }
    }
    throw new BugError(`the inputs of ${stage.id} are damaged whenever they are made`);
  }

  /** While other builds that want the same stage wait. */
  private async makeOnce(
    stage: PlannedStage,
    inputs: Readonly<Record<string, StageRecord>>,
  ): Promise<StageRecord> {
    const { store, reporter } = this.options;
    const unlock = await store.lock(stage.digest, {
      signal: this.signal,
      onWait: () =>
        reporter.emit({
          type: 'message',
          level: 'info',
          stage: stage.id,
          text: `waiting for another build to finish "${stage.title}"`,
        }),
    });
    try {
      // Another build may have made it in the meantime.
      return (await this.fromStore(stage)) ?? (await this.make(stage, inputs));
    } finally {
      await unlock();
    }
  }

  private async inputsOf(stage: PlannedStage): Promise<Record<string, StageRecord>> {
    const pairs = await Promise.all(
      Object.entries(stage.inputs).map(async ([name, id]) => [name, await this.record(id)] as const),
    );
    return Object.fromEntries(pairs);
  }

  private async make(
    stage: PlannedStage,
    inputs: Readonly<Record<string, StageRecord>>,
  ): Promise<StageRecord> {
    const { store, reporter, sources, toolbox } = this.options;
    const startedAt = performance.now();
    reporter.emit({ type: 'stage-start', stage: stage.id });
    const directory = await store.makeTemporary();
    try {
      const context: StageContext<StageKind> = {
        options: stage.options,
        inputs,
        toolbox,
        store,
        downloads: this.downloads,
        directory,
        home: this.options.home,
        signal: this.signal,
        sourceOf: (sha256) => {
          const source = sources.get(sha256);
          if (source === undefined) throw new BugError(`no source for ${sha256}`);
          return source;
        },
        fileOf: (sha256) => fileOf(sha256, sources, join(directory, 'sources')),
        progress: (progress) => reporter.emit({ type: 'stage-progress', stage: stage.id, ...progress }),
        warn: (text) => reporter.emit({ type: 'message', level: 'warning', stage: stage.id, text }),
      };
      const run = runners[stage.kind] as StageRunner<StageKind>;
      const result = await this.onWholeInputs(stage, inputs, run(context));
      const record = await this.keep(stage, result);
      this.made.add(stage.id);
      reporter.emit({
        type: 'stage-end',
        stage: stage.id,
        outcome: 'built',
        durationMs: performance.now() - startedAt,
        sizeBytes: sizeOf(record),
      });
      return record;
    } catch (error) {
      if (!this.signal.aborted && !(error instanceof DamagedInputs)) {
        reporter.emit({
          type: 'stage-end',
          stage: stage.id,
          outcome: 'failed',
          durationMs: performance.now() - startedAt,
        });
      }
      throw await explainNoSpace(error, {
        directory: store.directory,
        doing: `working on "${stage.title}"`,
      });
    } finally {
      await removeTree(directory, this.options.toolbox.identity);
    }
  }

  /**
   * What a stage made, once its inputs were found whole. A stage that fails on damaged ones is not to blame.
   * @throws {DamagedInputs}
   */
  private async onWholeInputs<T>(
    stage: PlannedStage,
    inputs: Readonly<Record<string, StageRecord>>,
    made: Promise<T>,
  ): Promise<T> {
    const [result, whole] = await Promise.allSettled([made, this.assertWhole(stage, inputs)]);
    if (whole.status === 'rejected') throw whole.reason;
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  private async assertWhole(
    stage: PlannedStage,
    inputs: Readonly<Record<string, StageRecord>>,
  ): Promise<void> {
    const damaged: string[] = [];
    for (const [name, id] of Object.entries(stage.inputs)) {
      const record = inputs[name];
      if (record !== undefined && !(await this.isWhole(id, record))) damaged.push(id);
    }
    if (damaged.length > 0) throw new DamagedInputs(damaged);
  }

  /**
   * Whether a stage's outputs are what was kept. If not, it is told, and they are made again when they are asked for. They
   * are looked at once, however many stages read them: a disk is large, and many formats are made of it.
   */
  private isWhole(id: string, record: StageRecord): Promise<boolean> {
    if (this.made.has(id)) return Promise.resolve(true);
    const known = this.looks.get(id);
    if (known) return known;
    const look = this.look(id, record);
    this.looks.set(id, look);
    return look;
  }

  private async look(id: string, record: StageRecord): Promise<boolean> {
    const damaged = await this.findDamaged(record);
    if (damaged === undefined) return true;
    this.options.reporter.emit({
      type: 'message',
      level: 'warning',
      stage: id,
      text: `the store's ${damaged} of ${id} is damaged (its SHA-256 is wrong): making it again`,
    });
    this.running.delete(id);
    this.looks.delete(id);
    return false;
  }

  private async keep(stage: PlannedStage, result: StageResult): Promise<StageRecord> {
    const { store } = this.options;
    const objects: Record<string, StoredObject> = { ...result.objects };
    for (const [name, file] of Object.entries(result.files ?? {})) {
      const { path, sha256 } = typeof file === 'string' ? { path: file } : file;
      objects[name] = await store.adopt(path, { sha256, signal: this.signal });
    }
    const record = { stage: stage.kind, objects, values: result.values ?? {} };
    await store.writeRecord(stage.digest, record);
    return record;
  }

  /** What the store has of a stage, and tells that it is so; undefined when something is missing. */
  private async fromStore(stage: PlannedStage): Promise<StageRecord | undefined> {
    const { store, reporter } = this.options;
    const record = await store.readRecord(stage.digest);
    if (record === undefined) return undefined;
    const present = await Promise.all(Object.values(record.objects).map((object) => store.hasObject(object)));
    if (!present.every(Boolean)) return undefined;
    const sizeBytes = sizeOf(record);
    reporter.emit({ type: 'stage-end', stage: stage.id, outcome: 'cached', durationMs: 0, sizeBytes });
    return record;
  }

  /** The name of the first object whose content is not what its digest says. */
  private async findDamaged(record: StageRecord): Promise<string | undefined> {
    for (const [name, object] of Object.entries(record.objects)) {
      if (!(await this.options.store.verifyObject(object, this.signal))) return name;
    }
    return undefined;
  }
}

function sizeOf(record: StageRecord): number {
  return Object.values(record.objects).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
