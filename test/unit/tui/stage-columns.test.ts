import { expect, test } from 'vitest';
import { rowIndent, stageColumns } from '../../../src/tui/stage-columns.ts';

test('80 columns: all columns, with room for bar, percentage and speed', () => {
  expect(stageColumns(80, 33)).toEqual({ title: 26, progress: 25, time: 12, size: 12 });
  expect(stageColumns(80, 16)).toEqual({ title: 16, progress: 35, time: 12, size: 12 });
});

test('narrower: the title shortens, then the size goes, then the time', () => {
  expect(stageColumns(60, 33)).toEqual({ title: 12, progress: 19, time: 12, size: 12 });
  expect(stageColumns(40, 33)).toEqual({ title: 12, progress: 11, time: 12, size: 0 });
  expect(stageColumns(25, 33)).toEqual({ title: 12, progress: 8, time: 0, size: 0 });
});

test('whatever the width, a row fits it with one column free', () => {
  for (let columns = 5; columns <= 200; columns += 1) {
    for (const longest of [0, 5, 30, 90]) {
      const { title, progress, time, size } = stageColumns(columns, longest);
      expect(Math.min(title, progress, time, size)).toBeGreaterThanOrEqual(0);
      expect(rowIndent + title + progress + time + size).toBe(Math.min(columns, 100) - 1);
    }
  }
});
