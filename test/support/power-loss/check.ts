/** Judges every state of the recordings: at each flush, and with parts of what follows it. */
import type { Workshop } from '../../../src/inspect/workshop.ts';
import type { Recording } from './recording.ts';
import type { Scene } from './scene.ts';
import { StateChecker, type StateVerdict } from './state-check.ts';
import { GAVE_UP } from './var-check.ts';
import { openWalk, type WalkedState } from './walk.ts';
import type { ZoneName } from './zones.ts';

export interface CheckOptions {
  readonly seed: number;
  readonly scratch: string;
  readonly tell: (text: string) => void;
  /** Only one in so many windows gets states with a part of it; 1 for all. Windows of the table and the ESP always do. */
  readonly oneIn: number;
}

/** What came of a recording. */
export interface CheckResult {
  readonly step: string;
  readonly from: string;
  readonly to: string;
  readonly logBytes: number;
  readonly writes: number;
  readonly discards: number;
  /** Flushes with writes before them. */
  readonly flushes: number;
  readonly statesAtFlushes: number;
  readonly statesBetween: number;
  /** Windows by the zones they touch. */
  readonly windows: Readonly<Partial<Record<ZoneName, number>>>;
  /** Writes to the slot that ran. There must be none. */
  readonly writesToActive: number;
  /** States by what is started first. */
  readonly first: Readonly<Record<string, number>>;
  /** States by what e2fsck mended in /var after it had replayed the journal. */
  readonly varMends: Readonly<Record<string, number>>;
  /** States in which only a backup of the superblock of /var was whole. */
  readonly superblockBackups: number;
  /** States by what the check of the ESP mended. */
  readonly espMends: Readonly<Record<string, number>>;
  /** States in which state.json says that a version is there which the ESP has no entry of. */
  readonly ahead: number;
  readonly failures: readonly Failure[];
}

/** A state that did not hold what was promised. */
export interface Failure {
  readonly flushes: number;
  readonly variant: number;
  readonly how: string;
  readonly problems: readonly string[];
  readonly entries: readonly string[];
}

/** How many parts of a window are tried: more where the partition table or the ESP is written. */
const PARTS = 3;
const PARTS_OF_NAMES = 8;

/** Parts of windows of a recording. */
export function partsOf(oneIn: number) {
  return ({ index }: { readonly index: number }, zones: ReadonlySet<ZoneName>): number => {
    if (zones.has('table') || zones.has('esp')) return PARTS_OF_NAMES;
    return index % oneIn === 0 ? PARTS : 0;
  };
}

export async function checkRecording(
  scene: Scene,
  workshop: Workshop,
  recording: Recording,
  { seed, scratch, tell, oneIn }: CheckOptions,
): Promise<CheckResult> {
  const { step } = recording;
  const walk = await openWalk(recording, { seed, scratch, variants: partsOf(oneIn) });
  try {
    const { zones, windows, log } = walk;
    const checker = new StateChecker(workshop, recording, scene.versions, walk.files, ({ firstByte }) =>
      zones.zoneAt(firstByte),
    );
    const first: Record<string, number> = {};
    const espMends: Record<string, number> = {};
    const failures: Failure[] = [];
    const varMends: Record<string, number> = {};
    let [atFlushes, between, ahead] = [0, 0, 0];
    let toldAt = Date.now();
    await walk.states(async (state) => {
      const verdict = await checker.judge(state);
      if (state.remains === undefined) atFlushes++;
      else between++;
      count(first, verdict.entries[0]?.file ?? 'nothing');
      if (verdict.ahead.length > 0) ahead++;
      if (verdict.espMends !== '') count(espMends, verdict.espMends);
      for (const mend of verdict.varMends) count(varMends, mend);
      if (verdict.problems.length > 0) {
        failures.push(failureOf(state, verdict));
        tell(`FAILED ${step.name} ${state.flushes}/${state.variant}: ${verdict.problems.join('; ')}`);
      }
      if (Date.now() - toldAt < 30_000) return;
      toldAt = Date.now();
      tell(`${step.name}: ${atFlushes + between} states, ${state.flushes} of ${windows.length} flushes`);
    });
    if (!(await walk.agrees())) throw new Error(`${step.name}: a check has changed what it looked at`);
    const byZone: Partial<Record<ZoneName, number>> = {};
    for (const window of windows)
      for (const zone of walk.touched(window)) byZone[zone] = (byZone[zone] ?? 0) + 1;
    return {
      step: step.name,
      from: step.from.version,
      to: step.to.version,
      logBytes: log.sizeBytes,
      writes: log.entries.filter(({ kind }) => kind === 'write').length,
      discards: log.entries.filter(({ kind }) => kind === 'discard').length,
      flushes: windows.length,
      statesAtFlushes: atFlushes,
      statesBetween: between,
      windows: byZone,
      writesToActive: log.entries.filter(
        ({ kind, offset }) => kind !== 'flush' && zones.zoneAt(offset) === 'active',
      ).length,
      first,
      varMends,
      superblockBackups: varMends[GAVE_UP] ?? 0,
      espMends,
      ahead,
      failures,
    };
  } finally {
    await walk.close();
  }
}

function failureOf({ flushes, variant, remains }: WalkedState, { problems, entries }: StateVerdict): Failure {
  return {
    flushes,
    variant,
    how: remains?.how ?? 'at the flush',
    problems,
    entries: entries.map(({ file }) => file),
  };
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
