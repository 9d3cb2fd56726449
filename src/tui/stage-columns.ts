/** How a row of the stage list divides the width of the terminal. */

/** Widths in columns; 0 leaves a column out. */
export interface StageColumns {
  /** The title, while progress is shown beside it. */
  readonly title: number;
  /** Bar, percentage, speed or note, with the gap before it. */
  readonly progress: number;
  /** With the gap before it. */
  readonly time: number;
  /** With the gap before it. */
  readonly size: number;
}

/** Two columns of margin, the sign, and a gap. */
export const rowIndent = 4;

/** Wider than this the eye loses the row. */
const MOST_COLUMNS = 100;

/** `12 min 05 s` or `1023.9 MiB`, and a gap. */
const NUMBER_COLUMNS = 12;

/** A gap, a short bar, ` 100%`, and ` 1023.9 MiB/s`. */
const FULL_PROGRESS_COLUMNS = 25;

/** A title is recognisable from this much of it. */
const LEAST_TITLE_COLUMNS = 12;

/**
 * Divides `columns`. As the terminal narrows, the title shortens first, then the progress goes, then the
 * size, then the time.
 * @param longestTitle The longest title's width, so that bars start below each other.
 */
export function stageColumns(columns: number, longestTitle: number): StageColumns {
  // One column stays free at the right: some terminals wrap when the last one is written.
  const room = Math.min(columns, MOST_COLUMNS) - 1 - rowIndent;
  const time = room >= LEAST_TITLE_COLUMNS + NUMBER_COLUMNS ? NUMBER_COLUMNS : 0;
  const size = room - time >= LEAST_TITLE_COLUMNS + NUMBER_COLUMNS ? NUMBER_COLUMNS : 0;
  const rest = room - time - size;
  const title = Math.min(longestTitle, Math.max(LEAST_TITLE_COLUMNS, rest - FULL_PROGRESS_COLUMNS), rest);
  return { title: Math.max(title, 0), progress: Math.max(rest - title, 0), time, size };
}
