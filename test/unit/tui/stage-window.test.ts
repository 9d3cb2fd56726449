import { expect, test } from 'vitest';
import type { StageState } from '../../../src/report/build-state.ts';
import { stageWindow } from '../../../src/tui/stage-window.ts';

/** Stages from letters: b built, r running, w waiting, f failed. */
function stages(letters: string): readonly StageState[] {
  const statuses: Readonly<Record<string, StageState['status']>> = {
    b: 'built',
    r: 'running',
    w: 'waiting',
    f: 'failed',
  };
  return [...letters].map((letter, index) => ({
    id: String(index),
    title: letter,
    status: statuses[letter] ?? 'waiting',
    startedAtMs: undefined,
    durationMs: undefined,
    sizeBytes: undefined,
    progress: undefined,
  }));
}

test.each([
  ['all fit', 'brww', 4, 0, 'brww', 0],
  ['at the start', 'rwwwww', 5, 0, 'rww', 3],
  ['in the middle, one finished above', 'bbbrwwww', 5, 2, 'brw', 3],
  ['at the end', 'bbbbbbbr', 5, 5, 'bbr', 0],
  ['all finished: the last ones', 'bbbbbbbb', 5, 5, 'bbb', 0],
  ['a failed one is in sight', 'bbbfwwww', 5, 2, 'bfw', 3],
  ['three rows: no room to count', 'bbrww', 3, 0, 'rww', 0],
  ['one row', 'bbrww', 1, 0, 'r', 0],
])('%s', (_case, letters, rows, before, shown, after) => {
  const window = stageWindow(stages(letters), rows);
  expect(window.before).toBe(before);
  expect(window.shown.map(({ title }) => title).join('')).toBe(shown);
  expect(window.after).toBe(after);
});
