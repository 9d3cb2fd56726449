import { expect, test } from 'vitest';
import { type InstallEvent, installPercent, installSteps } from '../../../src/install/events.ts';

test('the percentage never falls, and ends at 100', () => {
  const events = installSteps.flatMap(({ name }): InstallEvent[] => [
    { kind: 'step-started', step: name },
    ...[0, 1, 5, 10].map(
      (doneBytes) => ({ kind: 'progress', step: name, doneBytes, totalBytes: 10 }) as const,
    ),
    { kind: 'step-ended', step: name, durationMs: 1 },
  ]);
  const percents = events.flatMap((event) => installPercent(event) ?? []);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(percents[0]).toBe(0);
  expect(percents.at(-1)).toBe(100);
  expect(percents.every(Number.isInteger)).toBe(true);
});

test('a part of nothing is all of it', () => {
  expect(installPercent({ kind: 'progress', step: 'copy', doneBytes: 0, totalBytes: 0 })).toBe(60);
  expect(installPercent({ kind: 'note', level: 'info', text: '' })).toBeUndefined();
});
