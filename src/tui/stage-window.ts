/** Which stages are shown when the terminal has fewer rows than the plan has stages. */
import type { StageState } from '../report/build-state.ts';

/** The stages to show, and how many to say are left out before and after them. */
export interface StageWindow {
  readonly before: number;
  readonly shown: readonly StageState[];
  readonly after: number;
}

/** With fewer rows than this, telling what is left out would cost more than it tells. */
const LEAST_ROWS_FOR_COUNTS = 4;

/**
 * Fits stages into `rows` rows. From four rows on, one each is used to tell what was left out before and after.
 * The window follows the first stage that is not finished yet, with a finished one above it where there is room.
 */
export function stageWindow(stages: readonly StageState[], rows: number): StageWindow {
  if (stages.length <= rows) return { before: 0, shown: stages, after: 0 };
  const counts = rows >= LEAST_ROWS_FOR_COUNTS;
  const size = Math.max(counts ? rows - 2 : rows, 1);
  const firstOpen = stages.findIndex(
    ({ status }) => status === 'running' || status === 'waiting' || status === 'failed',
  );
  const wanted = (firstOpen === -1 ? stages.length : firstOpen) - (counts ? 1 : 0);
  const start = Math.min(Math.max(wanted, 0), stages.length - size);
  const shown = stages.slice(start, start + size);
  return { before: counts ? start : 0, shown, after: counts ? stages.length - start - size : 0 };
}
