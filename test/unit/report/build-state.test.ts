import { expect, test } from 'vitest';
import { type BuildState, countStages, emptyBuild, reduceBuild } from '../../../src/report/build-state.ts';
import type { ReportEvent } from '../../../src/report/events.ts';

const plan: ReportEvent = {
  type: 'plan',
  image: 'core',
  version: '1.2',
  stages: [
    { id: 'a', title: 'First' },
    { id: 'b', title: 'Second' },
    { id: 'c', title: 'Third' },
  ],
};

function after(...events: readonly (readonly [nowMs: number, event: ReportEvent])[]): BuildState {
  return events.reduce((state, [nowMs, event]) => reduceBuild(state, event, nowMs), emptyBuild());
}

test('the plan names what is built, and every stage waits', () => {
  const state = after([5, plan]);
  expect(state).toMatchObject({ image: 'core', version: '1.2', startedAtMs: 5, end: undefined });
  expect(state.stages.map(({ id, title, status }) => [id, title, status])).toEqual([
    ['a', 'First', 'waiting'],
    ['b', 'Second', 'waiting'],
    ['c', 'Third', 'waiting'],
  ]);
});

test('a stage runs, progresses and ends', () => {
  const running = after(
    [0, plan],
    [10, { type: 'stage-start', stage: 'b' }],
    [20, { type: 'stage-progress', stage: 'b', done: 1, total: 4, unit: 'items', note: 'one' }],
  );
  expect(running.stages[1]).toMatchObject({
    status: 'running',
    startedAtMs: 10,
    progress: { done: 1, total: 4, unit: 'items', note: 'one' },
  });
  const ended = reduceBuild(
    running,
    { type: 'stage-end', stage: 'b', outcome: 'built', durationMs: 33, sizeBytes: 44 },
    43,
  );
  expect(ended.stages[1]).toMatchObject({ status: 'built', durationMs: 33, sizeBytes: 44 });
  expect(running.stages[1]?.status).toBe('running');
  expect(ended.stages[0]).toBe(running.stages[0]);
});

test('progress in another unit forgets the speed', () => {
  const state = after(
    [0, plan],
    [0, { type: 'stage-progress', stage: 'a', done: 5, unit: 'items' }],
    [9, { type: 'stage-progress', stage: 'a', done: 500, unit: 'bytes' }],
  );
  expect(state.stages[0]?.progress?.samples).toEqual([{ atMs: 9, done: 500 }]);
});

test('a stage the plan did not name joins at the end', () => {
  const state = after([0, plan], [1, { type: 'stage-start', stage: 'z' }]);
  expect(state.stages.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'z']);
  expect(state.stages[3]).toMatchObject({ title: 'z', status: 'running' });
});

test('what still runs at the end was stopped', () => {
  const state = after(
    [0, plan],
    [0, { type: 'stage-end', stage: 'a', outcome: 'failed', durationMs: 1 }],
    [10, { type: 'stage-start', stage: 'b' }],
    [30, { type: 'end', ok: false, durationMs: 30 }],
  );
  expect(state.stages.map(({ status, durationMs }) => [status, durationMs])).toEqual([
    ['failed', 1],
    ['stopped', 20],
    ['waiting', undefined],
  ]);
});

test('messages and artifacts are kept in order; a failure changes nothing', () => {
  const message = { type: 'message', level: 'warning', text: 'x' } as const;
  const artifact = {
    type: 'artifact',
    role: 'disk',
    format: 'raw',
    path: 'p',
    sizeBytes: 1,
    sha256: 's',
  } as const;
  const state = after([0, message], [1, artifact]);
  expect(state.messages).toEqual([message]);
  expect(state.artifacts).toEqual([artifact]);
  expect(reduceBuild(state, { type: 'failure', code: 'c', summary: 's', next: [], problems: [] }, 2)).toBe(
    state,
  );
});

test('countStages counts any of the statuses', () => {
  const state = after(
    [0, plan],
    [0, { type: 'stage-end', stage: 'a', outcome: 'cached', durationMs: 1 }],
    [0, { type: 'stage-end', stage: 'b', outcome: 'built', durationMs: 1 }],
  );
  expect(countStages(state, 'cached')).toBe(1);
  expect(countStages(state, 'cached', 'built')).toBe(2);
  expect(countStages(state, 'waiting')).toBe(1);
});
