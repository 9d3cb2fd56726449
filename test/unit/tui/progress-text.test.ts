import { expect, test } from 'vitest';
import type { StageProgress } from '../../../src/report/build-state.ts';
import { lookFor, plainLook } from '../../../src/tui/look.ts';
import { progressBar, progressText } from '../../../src/tui/progress-text.ts';

const MIB = 1024 * 1024;

const download: StageProgress = {
  done: 62 * MIB,
  total: 100 * MIB,
  unit: 'bytes',
  note: undefined,
  samples: [
    { atMs: 0, done: 42 * MIB },
    { atMs: 2000, done: 62 * MIB },
  ],
};

test.each([
  [60, '━━━━━━━━━━━━────────  62%     10 MiB/s'],
  [30, '━━━━━━━─────  62%     10 MiB/s'],
  [23, '━━━──  62%     10 MiB/s'],
  [22, '━━━━━━━━━━───────  62%'],
  [10, '━━━──  62%'],
  [9, '  62%'],
  [4, ''],
])('%i columns', (width, expected) => {
  expect(progressText(download, width, 2000, plainLook)).toBe(expected);
  expect([...expected].length).toBeLessThanOrEqual(width);
});

test('items have no speed', () => {
  expect(progressText({ ...download, unit: 'items' }, 40, 2000, plainLook)).toBe('━━━━━━━━━━━━────────  62%');
});

test('without a total: the speed, and what it is doing, cut to the width', () => {
  const unknown = { ...download, total: undefined, note: 'compressing blocks' };
  expect(progressText(unknown, 40, 2000, plainLook)).toBe('10 MiB/s · compressing blocks');
  expect(progressText(unknown, 16, 2000, plainLook)).toBe('10 MiB/s · comp…');
});

test('a bar is full only when everything is done, and never overflows', () => {
  expect(progressBar(0.999, 10, plainLook)).toBe('━━━━━━━━━─');
  expect(progressBar(1, 10, plainLook)).toBe('━━━━━━━━━━');
  expect(progressText({ ...download, done: 300 * MIB }, 10, 0, plainLook)).toBe('━━━━━ 100%');
});

test('the kernel console and other character sets get ASCII', () => {
  const terminal = { isTTY: true };
  const bar = (env: NodeJS.ProcessEnv) => progressBar(0.5, 4, lookFor(terminal, { NO_COLOR: '1', ...env }));
  expect(bar({ TERM: 'linux', LANG: 'C.UTF-8' })).toBe('##..');
  expect(bar({ TERM: 'xterm', LANG: 'de_DE.ISO-8859-1' })).toBe('##..');
  expect(bar({ TERM: 'xterm', LANG: 'C.UTF-8', LC_ALL: 'C' })).toBe('##..');
  expect(bar({ TERM: 'xterm', LANG: 'en_GB.utf8' })).toBe('━━──');
});
