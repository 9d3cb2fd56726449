/** Sentences about a build that the plain and the live view share. */
import { formatDuration, formatSize } from '../units.ts';
import { type BuildState, countStages, type StageProgress } from './build-state.ts';
import { speedOf } from './speed.ts';

/** How a build ended: `built in 12.3 s, 9 of 12 stages cached`. Empty while it runs. */
export function endSentence(state: BuildState): string {
  if (state.end === undefined) return '';
  const duration = formatDuration(state.end.durationMs);
  const total = state.stages.length;
  if (state.end.ok) {
    return total === 0
      ? `done in ${duration}`
      : `built in ${duration}, ${countStages(state, 'cached')} of ${total} stages cached`;
  }
  const verb = countStages(state, 'failed') > 0 ? 'failed' : 'stopped';
  const finished = countStages(state, 'built', 'cached');
  return total === 0
    ? `${verb} after ${duration}`
    : `${verb} after ${duration}, ${finished} of ${total} stages finished`;
}

/** How far a build is: `1 min 03 s, 5 of 12 stages finished, 3 cached`. */
export function progressSentence(state: BuildState, nowMs: number): string {
  const elapsed = formatDuration(nowMs - (state.startedAtMs ?? nowMs));
  const finished = countStages(state, 'built', 'cached', 'failed');
  const cached = countStages(state, 'cached');
  const told = cached === 0 ? '' : `, ${cached} cached`;
  return `${elapsed}, ${finished} of ${state.stages.length} stages finished${told}`;
}

/** Speed as people read it: `40.1 MiB/s`; empty when there is none, and for items. */
export function speedText(progress: StageProgress, nowMs: number): string {
  const speed = progress.unit === 'bytes' ? speedOf(progress.samples, nowMs) : undefined;
  return speed === undefined ? '' : `${formatSize(Math.round(speed))}/s`;
}

/** The part that is done, from 0 to 1; undefined while the total is unknown. */
export function fractionOf({ done, total }: StageProgress): number | undefined {
  if (total === undefined || total <= 0) return undefined;
  return Math.min(Math.max(done / total, 0), 1);
}
