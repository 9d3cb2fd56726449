/**
 * Runs a plan by pulling: a stage runs when something that is needed asks for its outputs and the store does not
 * have them. Inputs are verified by digest just before use; a damaged one is made again.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BugError, InterruptedError, UserError } from '../errors.ts';
import { removeTree } from '../exec/remove-tree.ts';
import { Downloads } from '../packages/downloads.ts';
import type { StageKind } from '../plan/catalogue.ts';
import type { Source } from '../plan/content.ts';
import type { Plan, PlannedStage } from '../plan/plan.ts';
import type { Reporter } from '../report/events.ts';
import { runners } from '../stages/runners.ts';
import type { StageContext, StageInput, StageResult, StageRunner } from '../stages/stage.ts';
import { digestFile } from '../store/digest.ts';
import { explainNoSpace } from '../store/no-space.ts';
import type { StageRecord, Store, StoredObject } from '../store/store.ts';
import type { Toolbox } from '../tools/toolbox.ts';

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

export class Executor {
  private readonly running = new Map<string, Promise<StageRecord>>();
  /** Stages made in this run: their objects were hashed moments ago. */
  private readonly made = new Set<string>();
  private readonly failed = new AbortController();
  private readonly signal: AbortSignal;
  private readonly downloads: Downloads;

  constructor(private readonly options: ExecutorOptions) {
    this.downloads = new Downloads(options.store, options.offline);
    this.signal = AbortSignal.any([options.signal, this.failed.signal]);
  }

  /** The outputs of a stage, their content verified. */
  async outputs(id: string): Promise<StageRecord> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const record = await this.record(id);
      if (this.made.has(id)) return record;
      const damaged = await this.findDamaged(record);
      if (damaged === undefined) return record;
      this.options.reporter.emit({
        type: 'message',
        level: 'warning',
        stage: id,
        text: `the store's ${damaged} of ${id} is damaged (its SHA-256 is wrong): making it again`,
      });
      this.running.delete(id);
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
    const made = this.fetchOrMake(stage).catch((error: unknown) => {
      // The first failure ends the siblings, and is the one that is told.
      this.failed.abort(error);
      throw this.options.signal.aborted ? new InterruptedError() : (this.failed.signal.reason ?? error);
    });
    this.running.set(id, made);
    return made;
  }

  private async fetchOrMake(stage: PlannedStage): Promise<StageRecord> {
    const { store, reporter } = this.options;
    const stored = await this.stored(stage);
    if (stored) {
      reporter.emit({
        type: 'stage-end',
        stage: stage.id,
        outcome: 'cached',
        durationMs: 0,
        sizeBytes: sizeOf(stored),
      });
      return stored;
    }
    // Inputs first, and at the same time: they may be long stages themselves.
    const inputs = await this.inputsOf(stage);
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
      const meanwhile = await this.stored(stage);
      if (meanwhile) {
        reporter.emit({
          type: 'stage-end',
          stage: stage.id,
          outcome: 'cached',
          durationMs: 0,
          sizeBytes: sizeOf(meanwhile),
        });
        return meanwhile;
      }
      return await this.make(stage, inputs);
    } finally {
      await unlock();
    }
  }

  private async inputsOf(stage: PlannedStage): Promise<Record<string, StageInput>> {
    const pairs = await Promise.all(
      Object.entries(stage.inputs).map(async ([name, id]) => [name, await this.outputs(id)] as const),
    );
    return Object.fromEntries(pairs);
  }

  private async make(
    stage: PlannedStage,
    inputs: Readonly<Record<string, StageInput>>,
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
      const result = await run(context);
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
      if (!this.signal.aborted) {
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

  private async stored(stage: PlannedStage): Promise<StageRecord | undefined> {
    const { store } = this.options;
    const record = await store.readRecord(stage.digest);
    if (record === undefined) return undefined;
    const present = await Promise.all(Object.values(record.objects).map((object) => store.hasObject(object)));
    return present.every(Boolean) ? record : undefined;
  }

  /** The name of the first object whose content is not what its digest says. */
  private async findDamaged(record: StageRecord): Promise<string | undefined> {
    for (const [name, object] of Object.entries(record.objects)) {
      if (!(await this.options.store.verifyObject(object, this.signal))) return name;
    }
    return undefined;
  }
}

/** Writes a text source to a file, or copies a file source that is still what was planned with. */
async function fileOf(sha256: string, sources: ReadonlyMap<string, Source>, folder: string): Promise<string> {
  const source = sources.get(sha256);
  if (source?.kind === 'text') {
    await mkdir(folder, { recursive: true });
    const path = join(folder, sha256);
    await writeFile(path, source.text);
    return path;
  }
  if (source?.kind !== 'file') throw new BugError(`no file for ${sha256}`);
  // A copy: the stage may read it later, and the original may change meanwhile.
  await mkdir(folder, { recursive: true });
  const copy = join(folder, sha256);
  await copyFile(source.path, copy);
  if ((await digestFile(copy)) !== sha256) {
    throw new UserError('file-changed', 'a file changed while the image was built', {
      where: source.path,
      next: ['build again'],
    });
  }
  return copy;
}

function sizeOf(record: StageRecord): number {
  return Object.values(record.objects).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
