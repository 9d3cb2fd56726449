import { expect, test } from 'vitest';
import type { ReportEvent } from '../../../src/report/events.ts';
import { createPlainReporter } from '../../../src/report/plain.ts';
import { Captured } from './captured.ts';

const MIB = 1024 * 1024;

const plan: ReportEvent = {
  type: 'plan',
  image: 'core',
  version: '1.2',
  stages: Array.from({ length: 10 }, (_, index) => ({ id: `s${index + 1}`, title: `Stage ${index + 1}` })),
};

/** Plays events, each at its own time in seconds. */
function play(
  events: readonly (readonly [seconds: number, event: ReportEvent])[],
  verbose = false,
): readonly string[] {
  const stream = new Captured();
  let nowMs = 0;
  const reporter = createPlainReporter(stream, { verbose, now: () => nowMs });
  for (const [seconds, event] of events) {
    nowMs = seconds * 1000;
    reporter.emit(event);
  }
  return stream.lines;
}

test('a build, line by line', () => {
  const sha256 = 'ab'.repeat(32);
  expect(
    play([
      [0, plan],
      [0, { type: 'stage-start', stage: 's1' }],
      [0, { type: 'stage-end', stage: 's1', outcome: 'cached', durationMs: 3, sizeBytes: 373 * MIB }],
      [0, { type: 'stage-start', stage: 's10' }],
      [2, { type: 'message', level: 'warning', text: 'careful', stage: 's10' }],
      [2, { type: 'message', level: 'info', text: 'working in tmpfs' }],
      [2, { type: 'message', level: 'detail', text: 'not shown' }],
      [3, { type: 'stage-end', stage: 's10', outcome: 'built', durationMs: 3000, sizeBytes: 5 * MIB }],
      [4, { type: 'stage-end', stage: 's2', outcome: 'failed', durationMs: 400 }],
      [5, { type: 'artifact', role: 'disk', format: 'raw', path: 'out/d.raw', sizeBytes: 7 * MIB, sha256 }],
      [5, { type: 'end', ok: true, durationMs: 125_000, output: 'out/core/1.2' }],
    ]),
  ).toEqual([
    'building core 1.2: 10 stages',
    '[ 1/10] Stage 1: cached, 373 MiB',
    'warning: Stage 10: careful',
    'working in tmpfs',
    '[10/10] Stage 10: built in 3.0 s, 5 MiB',
    '[ 2/10] Stage 2: failed after 0.4 s',
    `wrote out/d.raw (raw, 7 MiB, sha256 ${sha256})`,
    'built in 2 min 05 s, 1 of 10 stages cached: out/core/1.2',
  ]);
});

test('progress is told every five seconds and not more often', () => {
  const events = Array.from({ length: 131 }, (_, tenth): readonly [number, ReportEvent] => [
    tenth / 10,
    { type: 'stage-progress', stage: 's3', done: tenth * MIB, total: 200 * MIB, unit: 'bytes' },
  ]);
  expect(play([[0, plan], [0, { type: 'stage-start', stage: 's3' }], ...events])).toEqual([
    'building core 1.2: 10 stages',
    '[ 3/10] Stage 3: 25%, 50 MiB of 200 MiB, 10 MiB/s',
    '[ 3/10] Stage 3: 50%, 100 MiB of 200 MiB, 10 MiB/s',
  ]);
});

test('two stages at once do not silence each other', () => {
  const progress = (stage: string, done: number): ReportEvent => ({
    type: 'stage-progress',
    stage,
    done,
    unit: 'items',
    note: 'libc6',
  });
  expect(
    play([
      [0, plan],
      [0, progress('s1', 1)],
      [0, progress('s2', 2)],
      [6, progress('s1', 3)],
      [6, progress('s2', 4)],
    ]).slice(1),
  ).toEqual(['[ 1/10] Stage 1: 3, libc6', '[ 2/10] Stage 2: 4, libc6']);
});

test('verbose adds starts and details', () => {
  expect(
    play(
      [
        [0, plan],
        [0, { type: 'stage-start', stage: 's1' }],
        [0, { type: 'message', level: 'detail', text: 'a detail' }],
      ],
      true,
    ).slice(1),
  ).toEqual(['[ 1/10] Stage 1: started', 'a detail']);
});

test('a command without a plan ends without a line', () => {
  expect(play([[1, { type: 'end', ok: true, durationMs: 1000 }]])).toEqual([]);
});

test('failed and stopped builds are told apart', () => {
  const end: ReportEvent = { type: 'end', ok: false, durationMs: 1000 };
  expect(
    play([
      [0, plan],
      [1, end],
    ]).at(-1),
  ).toBe('stopped after 1.0 s, 0 of 10 stages finished');
  expect(
    play([
      [0, plan],
      [0, { type: 'stage-end', stage: 's1', outcome: 'failed', durationMs: 1 }],
      [1, end],
    ]).at(-1),
  ).toBe('failed after 1.0 s, 0 of 10 stages finished');
});

test('escape codes and line breaks in a text stay out of the log', () => {
  expect(
    play([[0, { type: 'message', level: 'info', text: '\u001b[31mred\u001b[0m\r\nsecond\u0007' }]]),
  ).toEqual(['red second']);
});

test('a reader that goes away does not end the build', async () => {
  const stream = new Captured();
  const reporter = createPlainReporter(stream);
  reporter.emit(plan);
  stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await new Promise(setImmediate);
  reporter.emit({ type: 'end', ok: true, durationMs: 1 });
  await reporter.close();
  await reporter.close();
  expect(stream.lines).toEqual(['building core 1.2: 10 stages']);
});
