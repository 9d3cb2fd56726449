import { beforeAll, expect, test } from 'vitest';
import type { InstallEvent } from '../../../../src/install/events.ts';
import type { InstallerFacts } from '../../../../src/tui/install/port.ts';
import { reduceRun, remainingMs, runSpeed, startRun } from '../../../../src/tui/install/run.ts';
import { remainingText } from '../../../../src/tui/install/steps/progress.ts';
import { Story, storyFacts } from '../../../support/installer/story.ts';

let facts: InstallerFacts;
beforeAll(async () => {
  facts = await storyFacts();
});

const GIB = 1024 ** 3;
const progress = (doneBytes: number, step: 'copy' | 'verify' = 'copy'): InstallEvent => ({
  kind: 'progress',
  step,
  doneBytes,
  totalBytes: 2 * GIB,
});

test('speed and remaining time follow what was done', () => {
  let run = startRun(0);
  run = reduceRun(run, { kind: 'step-started', step: 'copy' }, 0);
  expect(remainingMs(run)).toBeUndefined();
  for (let second = 0; second <= 4; second++)
    run = reduceRun(run, progress(second * 0.25 * GIB), second * 1000);
  expect(runSpeed(run)).toBeCloseTo(0.25 * GIB, -3);
  // 1 GiB to copy, and 2 GiB to read back.
  expect(remainingMs(run)).toBeCloseTo(12_000, -2);
  expect(run.percent).toBe(33);
  run = reduceRun(run, { kind: 'step-ended', step: 'copy', durationMs: 8000 }, 8000);
  run = reduceRun(run, { kind: 'step-started', step: 'verify' }, 8000);
  expect(remainingMs(run)).toBeUndefined();
  run = reduceRun(run, progress(0, 'verify'), 8000);
  run = reduceRun(run, progress(GIB, 'verify'), 10_000);
  expect(remainingMs(run)).toBeCloseTo(2000, -2);
});

test('percent never falls', () => {
  let run = reduceRun(startRun(0), progress(2 * GIB), 0);
  expect(run.percent).toBe(60);
  run = reduceRun(run, { kind: 'step-started', step: 'partition' }, 1);
  expect(run.percent).toBe(60);
});

test.each([
  [0, 'a few seconds left'],
  [9_400, 'a few seconds left'],
  [12_000, 'about 20 s left'],
  [60_000, 'about 1 min left'],
  [61_000, 'about 2 min left'],
  [3_700_000, 'about 2 h left'],
])('%i ms are %s', (ms, text) => {
  expect(remainingText(ms)).toBe(text);
});

/** An installation that has begun. */
function begun(): Story {
  return new Story(facts).press('<enter>'.repeat(7)).press('nvme0n1<enter>');
}

test('the screen while it goes on', () => {
  const told = begun();
  told.give({ kind: 'event', event: { kind: 'step-started', step: 'check' } });
  told.nowMs = 1200;
  told.give({ kind: 'event', event: { kind: 'note', level: 'warning', text: 'the disk is slow' } });
  told.give({ kind: 'event', event: { kind: 'step-ended', step: 'check', durationMs: 1200 } });
  told.give({ kind: 'event', event: { kind: 'step-started', step: 'copy' } });
  for (let second = 0; second <= 4; second++) {
    told.nowMs = 2000 + second * 1000;
    told.give({ kind: 'event', event: progress(second * 0.25 * GIB) });
  }
  expect(told.screen).toMatchSnapshot();
  told.nowMs = 8000;
  expect(told.give({ kind: 'tick' }).screen).toContain('6.0 s');
});

test('keys do nothing while it goes on, but Ctrl-C says what it means', () => {
  const told = begun().press('<esc><left><enter>q');
  expect(told.state.step).toBe('progress');
  told.press('<ctrl-c>');
  expect(told.screen).toContain('Nothing was written: the disk is as it was.');
  told.press('<enter>');
  told.give({ kind: 'event', event: { kind: 'step-started', step: 'partition' } }).press('<ctrl-c>');
  expect(told.screen).toContain('What was on the disk is gone, and nothing starts from it');
  told.press('<enter>');
  expect(told.effects).toEqual([{ kind: 'install' }]);
  told.press('<ctrl-c><down><enter>');
  expect(told.effects.at(-1)).toEqual({ kind: 'abort' });
  expect(told.screen).toContain('Stopping.');
  // Impatience does not ask again.
  expect(told.press('<ctrl-c>').state.overlays).toEqual([]);
  told.give({
    kind: 'install-failed',
    isInterrupted: true,
    failure: { summary: 'interrupted', seen: [], needed: undefined, next: [] },
  });
  expect(told.screen).toContain('The installation was stopped.');
  expect(told.screen).toContain('What was on the disk is gone');
});

test('an installation that ends while the question stands is told', () => {
  const told = begun().press('<ctrl-c>');
  told.give({
    kind: 'installed',
    outcome: { disk: '/dev/nvme0n1', version: '1.3.0', bytesWritten: GIB, durationMs: 5000, notes: [] },
  });
  expect(told.state.overlays).toEqual([]);
  expect(told.screen).toContain('dell 1.3.0 is installed on nvme0n1');
  told.press('<enter>');
  expect(told.effects.at(-1)).toEqual({ kind: 'reboot' });
});

test('a failure says what was seen and what to do, and leads back to the disks', () => {
  const told = begun();
  told.give({
    kind: 'install-failed',
    isInterrupted: false,
    failure: {
      summary: 'the disk cannot be written',
      seen: ['/dev/nvme0n1', 'input/output error'],
      needed: 'a disk without faults',
      next: ['choose another disk'],
    },
  });
  expect(told.screen).toMatchSnapshot();
  expect(told.state.log.join('\n')).toContain('failed: the disk cannot be written');
  told.press('<enter>');
  expect(told.state.step).toBe('disk');
  expect(told.effects.at(-1)).toEqual({ kind: 'disks' });
  expect(told.state.run).toBeUndefined();
});

test('the choices stay on the screen when a tool said very much', () => {
  const told = begun();
  const seen = Array.from({ length: 60 }, (_, index) => `line ${index} of a very long story`);
  const failure = { summary: 'it failed', seen, needed: undefined, next: [] };
  told.give({ kind: 'install-failed', isInterrupted: false, failure });
  expect(told.screen).toContain('› Go back to the choice of the disk');
  expect(told.screen).toContain('Restart the machine');
});

test('the log is saved and shown', () => {
  const told = begun();
  told.give({ kind: 'event', event: { kind: 'step-started', step: 'check' } });
  told.give({
    kind: 'installed',
    outcome: { disk: '/dev/nvme0n1', version: '1.3.0', bytesWritten: GIB, durationMs: 5000, notes: [] },
  });
  told.press('<down><enter>').give({ kind: 'volumes', volumes: [{ id: 'a', title: 'BACKUP, 2 GiB, vfat' }] });
  told.press('<enter>');
  expect(told.effects.at(-1)).toEqual({ kind: 'save-log', volume: 'a' });
  told.give({ kind: 'saved', file: 'basalt.log on BACKUP' });
  expect(told.screen).toContain('The log was written to basalt.log on BACKUP.');
  told.press('<enter><down><enter>');
  expect(told.screen).toContain('[    0.0] Check the disk and the medium');
  told.press('<esc>');
  expect(told.screen).toContain('› Show the log');
});

test('a log that cannot be written is told, and the choice is there again', () => {
  const told = begun();
  told.give({
    kind: 'installed',
    outcome: { disk: '/dev/nvme0n1', version: '1.3.0', bytesWritten: GIB, durationMs: 5000, notes: [] },
  });
  told.press('<down><enter>').give({ kind: 'volumes', volumes: [{ id: 'a', title: 'BACKUP' }] });
  told.press('<enter>').give({ kind: 'failed', message: 'the stick is full' });
  expect(told.screen).toContain('the stick is full');
  told.press('<enter>');
  expect(told.screen).toContain('BACKUP');
});
