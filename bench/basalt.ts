/** Runs `./basalt build` as a user would, and reads its events. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, manifestSchema } from '../src/build/manifest.ts';
import { type Timed, timed } from './timed.ts';

/** When a stage started after the command did, and how long it took. */
export interface StageTime {
  readonly stage: string;
  readonly startMs: number;
  readonly durationMs: number;
}

/** A build with what its events told. */
export interface BasaltBuild extends Timed {
  readonly stages: readonly StageTime[];
  readonly manifest: Manifest;
}

export interface BasaltBuildOptions {
  /** The project's folder. */
  readonly home: string;
  readonly recipe: string;
  readonly store: string;
  readonly output: string;
  /** Further arguments. */
  readonly extra?: readonly string[];
}

/** Builds an image. @throws {Error} with the end of the output when it fails. */
export async function basaltBuild(options: BasaltBuildOptions): Promise<BasaltBuild> {
  const { home, recipe, store, output, extra = [] } = options;
  const startedAt = Date.now();
  const run = await timed([
    join(home, 'basalt'),
    'build',
    recipe,
    '--json',
    '--store',
    store,
    '--output',
    output,
    ...extra,
  ]);
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(output, 'manifest.json'), 'utf8')));
  return { ...run, manifest, stages: stagesOf(run.stdout, startedAt) };
}

interface EventLine {
  readonly time: string;
  readonly type: string;
  readonly stage?: string;
  readonly outcome?: string;
  readonly durationMs?: number;
}

function stagesOf(output: string, startedAt: number): StageTime[] {
  const events = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as EventLine);
  return events
    .filter(({ type, outcome }) => type === 'stage-end' && outcome === 'built')
    .map(({ stage = '', time, durationMs = 0 }) => ({
      stage,
      startMs: Date.parse(time) - durationMs - startedAt,
      durationMs,
    }));
}
