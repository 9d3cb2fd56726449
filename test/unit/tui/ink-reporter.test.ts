import { stripVTControlCharacters } from 'node:util';
import { expect, test, vi } from 'vitest';
import type { ReportEvent } from '../../../src/report/events.ts';
import { createInkReporter } from '../../../src/tui/ink-reporter.tsx';
import { Captured } from '../report/captured.ts';

// Ink draws differently where these are set, and reads them once, when it is loaded.
vi.hoisted(() => {
  delete process.env.CI;
  delete process.env.CONTINUOUS_INTEGRATION;
});

class Terminal extends Captured {
  readonly isTTY = true;
  readonly columns = 80;
  readonly rows = 24;
}

const env = { TERM: 'xterm', LANG: 'C.UTF-8' };
const plan: ReportEvent = {
  type: 'plan',
  image: 'core',
  version: '1.2',
  stages: [{ id: 'a', title: 'First' }],
};
const end: ReportEvent = { type: 'end', ok: true, durationMs: 1000, output: 'out/core/1.2' };

test('close draws the last state, shows the cursor again and leaves the keyboard alone', async () => {
  const stream = new Terminal();
  const setRawMode = vi.fn();
  const rawModeBefore = process.stdin.setRawMode;
  process.stdin.setRawMode = setRawMode;
  const reporter = createInkReporter(stream, { env });
  reporter.emit(plan);
  reporter.emit({ type: 'message', level: 'warning', text: 'careful' });
  reporter.emit({ type: 'message', level: 'detail', text: 'not shown' });
  reporter.emit(end);
  await reporter.close();
  process.stdin.setRawMode = rawModeBefore;
  const text = stripVTControlCharacters(stream.text);
  expect(text).toContain('✔ built in 1.0 s, 0 of 1 stages cached');
  expect(text).toContain('out/core/1.2');
  expect(text.match(/careful/g)).toHaveLength(1);
  expect(text).not.toContain('not shown');
  expect(stream.text.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stream.text.lastIndexOf('\u001b[?25l'));
  expect(stream.text).toContain('\u001b[?25l');
  expect(setRawMode).not.toHaveBeenCalled();
});

test('what comes after close is not drawn, and closing twice is safe', async () => {
  const stream = new Terminal();
  const reporter = createInkReporter(stream, { env });
  reporter.emit(plan);
  await reporter.close();
  const before = stream.text;
  reporter.emit(end);
  await reporter.close();
  expect(stream.text).toBe(before);
});

test('nothing is drawn when nothing happened', async () => {
  const stream = new Terminal();
  await createInkReporter(stream, { env }).close();
  const reporter = createInkReporter(stream, { env });
  reporter.emit(end);
  await reporter.close();
  expect(stream.text).toBe('');
});

test('thousands of events cost a few redraws', async () => {
  const stream = new Terminal();
  const reporter = createInkReporter(stream, { env });
  reporter.emit(plan);
  const until = performance.now() + 550;
  let count = 0;
  while (performance.now() < until) {
    for (let index = 0; index < 100; index += 1) {
      count += 1;
      reporter.emit({ type: 'stage-progress', stage: 'a', done: count, unit: 'bytes' });
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await reporter.close();
  expect(count).toBeGreaterThan(2000);
  const redraws = stream.text.split('core').length - 1;
  expect(redraws).toBeGreaterThanOrEqual(3);
  expect(redraws).toBeLessThanOrEqual(7);
});

test('NO_COLOR leaves only what moves the cursor', async () => {
  const draw = async (environment: NodeJS.ProcessEnv) => {
    const stream = new Terminal();
    const reporter = createInkReporter(stream, { env: environment });
    reporter.emit(plan);
    await reporter.close();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what this is about.
    return stream.text.match(/\u001b\[[\d;]*m/g) ?? [];
  };
  expect(await draw(env)).not.toEqual([]);
  expect(await draw({ ...env, NO_COLOR: '1' })).toEqual([]);
});
