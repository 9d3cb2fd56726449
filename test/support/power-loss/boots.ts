/** Boots a sample of the states in QEMU, and has some of the machines take the update after all. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workshop } from '../../../src/inspect/workshop.ts';
import { makeOverlay } from '../../../src/machine/overlay.ts';
import { partsOf } from './check.ts';
import { judgeMachine } from './machine-check.ts';
import { type Phase, phases, phasesOf } from './phases.ts';
import { seededRandom } from './random.ts';
import { isGood, type Recording, takeUpdate } from './recording.ts';
import { type Scene, servedMachine } from './scene.ts';
import { StateChecker } from './state-check.ts';
import { AT_FLUSH, openWalk, type WalkedState } from './walk.ts';

export interface BootOptions {
  readonly seed: number;
  readonly scratch: string;
  readonly count: number;
  /** One in so many machines goes on with the update. */
  readonly completeOneIn: number;
  readonly oneIn: number;
  /** Those of an earlier run are not booted again. */
  readonly known?: readonly BootResult[];
  /** Called with each result as it comes. */
  readonly onResult?: (result: BootResult) => Promise<void>;
  readonly tell: (text: string) => void;
}

export interface BootResult {
  readonly step: string;
  readonly flushes: number;
  readonly variant: number;
  readonly phase: Phase;
  readonly how: string;
  readonly version: string;
  /** The update was taken afterwards, and its version became good. */
  readonly completed: boolean;
  readonly problems: readonly string[];
}

interface Sample {
  readonly flushes: number;
  readonly variant: number;
  readonly phase: Phase;
}

/** @returns What came of each, in the order of the log. */
export async function bootStates(
  scene: Scene,
  workshop: Workshop,
  recording: Recording,
  { seed, scratch, count, completeOneIn, oneIn, known = [], onResult, tell }: BootOptions,
): Promise<BootResult[]> {
  const { step } = recording;
  const variants = partsOf(oneIn);
  const samples: Sample[] = [];
  const walk = await openWalk(recording, {
    seed,
    scratch,
    variants,
    wanted: (flushes, variant) =>
      samples.some((each) => each.flushes === flushes && each.variant === variant),
  });
  const { zones } = walk;
  const checker = new StateChecker(workshop, recording, scene.versions, walk.files, ({ firstByte }) =>
    zones.zoneAt(firstByte),
  );
  const results: BootResult[] = [];
  try {
    samples.push(
      ...chooseSamples(phasesOf(walk, recording), seed, count, (index) => {
        const window = walk.windows[index];
        return window === undefined ? 0 : variants(window, walk.touched(window));
      }),
    );
    await walk.states(async (state) => {
      const sample = samples.find(
        ({ flushes, variant }) => flushes === state.flushes && variant === state.variant,
      );
      if (sample === undefined) return;
      const before = known.find((each) => each.flushes === state.flushes && each.variant === state.variant);
      if (before !== undefined) {
        results.push(before);
        return;
      }
      const result = await boot(state, sample.phase, (results.length + 1) % completeOneIn === 0);
      results.push(result);
      await onResult?.(result);
      tell(
        `${step.name} ${result.flushes}/${result.variant} (${result.phase}, ${result.how}): version ${result.version}${result.completed ? ', update completed' : ''}${result.problems.length > 0 ? ` FAILED ${result.problems.join('; ')}` : ''}`,
      );
    });
    return results;
  } finally {
    await walk.close();
  }

  async function boot(state: WalkedState, phase: Phase, complete: boolean): Promise<BootResult> {
    const { flushes, variant, remains, logBytes } = state;
    const expected = (await checker.judge(state)).entries[0]?.version;
    const about = { step: step.name, flushes, variant, phase, how: remains?.how ?? 'at the flush' };
    const overlay = join(scene.folder, 'boot.qcow2');
    const disk = await makeOverlay(scene.toolbox, { image: walk.files.disk, format: 'raw', overlay });
    const { machine, remove } = await servedMachine(scene, step, {
      disk,
      variables: recording.variables,
      name: 'boot',
    });
    try {
      await machine.powerOn();
      const mark = Math.max(
        0,
        ...recording.marks.filter((each) => each.logBytes <= logBytes).map((each) => each.mark),
      );
      const verdict = await judgeMachine(machine, step, mark);
      const other =
        verdict.version === expected ? [] : [`it runs ${verdict.version}; ${expected} was to start first`];
      const problems = [...other, ...verdict.problems];
      const result = { ...about, version: verdict.version, problems, completed: false };
      if (!complete) return result;
      if (verdict.version !== step.to.version) await takeUpdate(machine);
      await isGood(machine, step.to.version);
      return { ...result, completed: true };
    } catch (error) {
      return { ...about, version: 'none', completed: false, problems: [String(error).slice(0, 4000)] };
    } finally {
      await remove();
      await rm(overlay, { force: true });
    }
  }
}

/** As many of each phase, as far as there are; at flushes and between them. */
function chooseSamples(
  phaseOf: readonly Phase[],
  seed: number,
  count: number,
  variantsOf: (window: number) => number,
): Sample[] {
  const random = seededRandom(seed);
  const chosen = new Map<string, Sample>();
  for (let round = 0; chosen.size < count && round < 100 * count; round++) {
    const phase = phases[round % phases.length] as Phase;
    const windows = phaseOf.flatMap((each, index) => (each === phase ? [index] : []));
    const window = windows[random.below(windows.length)];
    if (window === undefined || phase === 'before the update') continue;
    const variant = random.below(variantsOf(window) + 1);
    // The flush that ends it.
    const flushes = variant === AT_FLUSH ? window + 1 : window;
    chosen.set(`${flushes} ${variant}`, { flushes, variant, phase });
  }
  return [...chosen.values()];
}
