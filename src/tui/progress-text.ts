/** A stage's progress as text of a given width: bar, percentage, speed, or what it says it is doing. */
import type { StageProgress } from '../report/build-state.ts';
import { fractionOf, speedText } from '../report/sentences.ts';
import { right, shorten } from './cells.ts';
import type { Look } from './look.ts';

/** ` 100%` */
const PERCENT_COLUMNS = 5;
/** ` 1023.9 MiB/s`: one column less would move the bar when the speed passes 1000. */
const SPEED_COLUMNS = 13;
/** A shorter bar tells nothing that the percentage does not. */
const LEAST_BAR_COLUMNS = 5;
const MOST_BAR_COLUMNS = 20;

/**
 * Draws progress into at most `width` columns, dropping the speed first and then the bar when it is narrow.
 * Empty when there is nothing to tell or no room.
 */
export function progressText(progress: StageProgress, width: number, nowMs: number, look: Look): string {
  const fraction = fractionOf(progress);
  if (fraction === undefined) return withoutTotal(progress, width, nowMs, look);

  const percent = right(`${Math.floor(fraction * 100)}%`, PERCENT_COLUMNS);
  const beside = width - PERCENT_COLUMNS;
  if (beside < 0) return '';
  const wantsSpeed = progress.unit === 'bytes' && beside - SPEED_COLUMNS >= LEAST_BAR_COLUMNS;
  const barWidth = Math.min(beside - (wantsSpeed ? SPEED_COLUMNS : 0), MOST_BAR_COLUMNS);
  const bar = barWidth >= LEAST_BAR_COLUMNS ? progressBar(fraction, barWidth, look) : '';
  const speed = wantsSpeed ? right(speedText(progress, nowMs), SPEED_COLUMNS) : '';
  return `${bar}${percent}${look.paint('quiet', speed)}`.trimEnd();
}

/** A bar of exactly `width` columns for a part from 0 to 1. Full only when everything is done. */
export function progressBar(fraction: number, width: number, { paint, glyphs }: Look): string {
  const done = Math.floor(fraction * width);
  return paint('accent', glyphs.barDone.repeat(done)) + paint('quiet', glyphs.barLeft.repeat(width - done));
}

function withoutTotal(
  progress: StageProgress,
  width: number,
  nowMs: number,
  { paint, glyphs }: Look,
): string {
  const parts = [speedText(progress, nowMs), progress.note ?? ''].filter((part) => part !== '');
  return paint('quiet', shorten(parts.join(` ${glyphs.separator} `), width, glyphs.ellipsis));
}
