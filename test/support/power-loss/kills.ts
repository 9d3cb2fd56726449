/** Ends QEMU at random moments of an update, with what it had not brought to its disk yet. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeOverlay } from '../../../src/machine/overlay.ts';
import { judgeMachine } from './machine-check.ts';
import { seededRandom } from './random.ts';
import { followMarks, isGood, type Recording, takeUpdate } from './recording.ts';
import { type Scene, servedMachine } from './scene.ts';

export interface KillOptions {
  readonly seed: number;
  /** In all. */
  readonly count: number;
  /** Those of an earlier run count. */
  readonly known?: KillsResult | undefined;
  /** Called with all that came of it so far. */
  readonly onResult?: (results: KillsResult) => Promise<void>;
  readonly tell: (text: string) => void;
}

export interface KillResult {
  readonly step: string;
  /** After `update apply` was called. */
  readonly afterMs: number;
  /** What ran once the machine was switched on again. */
  readonly version: string;
  readonly problems: readonly string[];
}

export interface KillsResult {
  readonly kills: readonly KillResult[];
  /** How often an update went through to a version that is good, between kills and after the last one. */
  readonly completed: number;
  readonly problems: readonly string[];
}

/** Machines that did not come back: more of them tell nothing new. */
const MOST_PROBLEMS = 3;
/** The restart into the new version and its start: that much after `update apply`. */
const RESTART_MS = 90_000;

/** @param recordings The updates that are tried in turn. */
export async function killMachines(
  scene: Scene,
  recordings: readonly Recording[],
  { seed, count, known, onResult, tell }: KillOptions,
): Promise<KillsResult> {
  const kills: KillResult[] = [...(known?.kills ?? [])];
  const problems: string[] = [...(known?.problems ?? [])];
  const random = seededRandom(seed + kills.length);
  let completed = known?.completed ?? 0;
  for (let round = 0; kills.length < count && problems.length < MOST_PROBLEMS; round++) {
    const recording = recordings[round % recordings.length];
    if (recording === undefined) throw new Error('there is no recording to start from');
    await attempt(recording);
  }
  return { kills, completed, problems };

  /** One machine, until its update is there. */
  async function attempt(recording: Recording): Promise<void> {
    const { step, base, variables, applyMs } = recording;
    const overlay = join(scene.folder, 'kill.qcow2');
    const disk = await makeOverlay(scene.toolbox, { image: base, format: 'raw', overlay });
    const { machine, remove } = await servedMachine(scene, step, { disk, variables, name: 'kill' });
    let mark = 0;
    try {
      for (let first = 1; ; first += 10_000) {
        await machine.powerOn();
        const verdict = await judgeMachine(machine, step, mark);
        const last = kills.at(-1);
        if (first > 1 && last !== undefined) {
          kills[kills.length - 1] = { ...last, version: verdict.version, problems: verdict.problems };
          await onResult?.({ kills, completed, problems });
          tell(
            `kill ${kills.length} (${step.name}, ${Math.round(last.afterMs / 1000)} s): version ${verdict.version}${verdict.problems.length > 0 ? ` FAILED ${verdict.problems.join('; ')}` : ''}`,
          );
        }
        const done = verdict.version === step.to.version;
        if (done || kills.length >= count) {
          if (!done) await takeUpdate(machine);
          await isGood(machine, step.to.version);
          completed++;
          tell(`${step.name}: the update is complete`);
          return;
        }
        const stopper = new AbortController();
        const marking = followMarks(machine, first, stopper.signal, (number) => {
          mark = Math.max(mark, number);
        });
        const applying = takeUpdate(machine).catch(() => undefined);
        const afterMs = random.below(applyMs + RESTART_MS);
        await delay(afterMs);
        await machine.cutPower();
        stopper.abort();
        await Promise.all([marking, applying]);
        kills.push({ step: step.name, afterMs, version: '', problems: [] });
      }
    } catch (error) {
      problems.push(String(error).slice(0, 4000));
      tell(`${step.name}: FAILED ${String(error)}`);
    } finally {
      await remove();
      await rm(overlay, { force: true });
    }
  }
}
