import { Box } from 'ink';
import { cleanup, render } from 'ink-testing-library';
import { afterEach, expect, test } from 'vitest';
import { type BuildState, emptyBuild, reduceBuild } from '../../../src/report/build-state.ts';
import type { ReportEvent } from '../../../src/report/events.ts';
import { createPaint } from '../../../src/report/paint.ts';
import { BuildView, type TerminalSize } from '../../../src/tui/build-view.tsx';
import { type Look, LookContext, plainLook } from '../../../src/tui/look.ts';

afterEach(cleanup);

const MIB = 1024 * 1024;

const titles = [
  'Resolve packages',
  'Tools tree',
  'Download packages',
  'Unpack packages',
  'Root tree: files, users and units',
  'Initrd',
  'Root image',
  'Verity hashes',
  'Unified kernel image',
  'Disk image',
  'Convert to qcow2',
  'Manifest',
];

const plan: ReportEvent = {
  type: 'plan',
  image: 'container-host',
  version: '1.4.2',
  stages: titles.map((title, index) => ({ id: `s${index}`, title })),
};

type Timed = readonly [nowMs: number, event: ReportEvent];

const beginning: readonly Timed[] = [
  [0, plan],
  [0, { type: 'stage-end', stage: 's0', outcome: 'cached', durationMs: 1, sizeBytes: 4096 }],
  [0, { type: 'stage-start', stage: 's1' }],
  [12_300, { type: 'stage-end', stage: 's1', outcome: 'built', durationMs: 12_300, sizeBytes: 373 * MIB }],
  [12_300, { type: 'stage-start', stage: 's2' }],
  [12_300, { type: 'stage-progress', stage: 's2', done: 0, total: 205 * MIB, unit: 'bytes' }],
  [14_300, { type: 'stage-progress', stage: 's2', done: 128 * MIB, total: 205 * MIB, unit: 'bytes' }],
  [14_300, { type: 'stage-start', stage: 's4' }],
  [14_300, { type: 'stage-progress', stage: 's4', done: 30, total: 120, unit: 'items' }],
];

function stateAfter(events: readonly Timed[]): BuildState {
  return events.reduce((state, [nowMs, event]) => reduceBuild(state, event, nowMs), emptyBuild());
}

function frame(
  events: readonly Timed[],
  size: Partial<TerminalSize> = {},
  nowMs = 14_300,
  look: Look = plainLook,
) {
  const { lastFrame } = render(
    <LookContext value={look}>
      <Box width={size.columns ?? 80} flexDirection="column">
        <BuildView state={stateAfter(events)} size={{ columns: 80, rows: 24, ...size }} nowMs={nowMs} />
      </Box>
    </LookContext>,
  );
  return (lastFrame() ?? '').split('\n').map((line) => line.trimEnd());
}

test('a running build at 80 columns', () => {
  expect(frame(beginning)).toEqual([
    '',
    '  container-host 1.4.2',
    '',
    '  = Resolve packages                                         cached       4 KiB',
    '  ✔ Tools tree                                               12.3 s     373 MiB',
    '  ⠋ Download packages           ━━━──  62%     64 MiB/s       2.0 s     128 MiB',
    '  · Unpack packages',
    '  ⠋ Root tree: files, users a…  ━━━━──────────────  25%       0.0 s      30/120',
    '  · Initrd',
    '  · Root image',
    '  · Verity hashes',
    '  · Unified kernel image',
    '  · Disk image',
    '  · Convert to qcow2',
    '  · Manifest',
    '',
    '  14.3 s, 2 of 12 stages finished, 1 cached',
  ]);
});

test('the running sign and the time move with the clock alone', () => {
  const line = frame(beginning, {}, 14_500)[5];
  expect(line).toMatch(/^ {2}⠹ Download packages .* 2\.2 s/);
});

test('a finished build: artifacts, total time, cache hits, output path', () => {
  const rest: readonly Timed[] = titles.slice(2).map(
    (_, index): Timed => [
      20_000,
      {
        type: 'stage-end',
        stage: `s${index + 2}`,
        outcome: 'built',
        durationMs: 61_000,
        sizeBytes: 7 * MIB,
      },
    ],
  );
  const lines = frame([
    ...beginning,
    ...rest,
    [
      20_000,
      {
        type: 'artifact',
        role: 'disk',
        format: 'qcow2',
        path: 'out/container-host/1.4.2/disk.qcow2',
        sizeBytes: 312 * MIB,
        sha256: 'x',
      },
    ],
    [20_000, { type: 'end', ok: true, durationMs: 125_000, output: 'out/container-host/1.4.2' }],
  ]);
  expect(lines.slice(-7)).toEqual([
    '  ✔ Convert to qcow2                                     1 min 01 s       7 MiB',
    '  ✔ Manifest                                             1 min 01 s       7 MiB',
    '',
    '    disk.qcow2                                                qcow2     312 MiB',
    '',
    '  ✔ built in 2 min 05 s, 1 of 12 stages cached',
    '    out/container-host/1.4.2',
  ]);
});

test('a failed build tells which stage failed and which were stopped', () => {
  const lines = frame([
    ...beginning,
    [15_000, { type: 'stage-end', stage: 's2', outcome: 'failed', durationMs: 2700 }],
    [15_000, { type: 'end', ok: false, durationMs: 15_000 }],
  ]);
  expect(lines[5]).toBe('  ✖ Download packages                                         2.7 s');
  expect(lines[7]).toBe('  – Root tree: files, users and units                         0.7 s');
  expect(lines.at(-1)).toBe('  ✖ failed after 15.0 s, 2 of 12 stages finished');
});

test('an interrupted build is not called failed', () => {
  expect(frame([...beginning, [15_000, { type: 'end', ok: false, durationMs: 15_000 }]]).at(-1)).toBe(
    '  – stopped after 15.0 s, 2 of 12 stages finished',
  );
});

test('messages stand above, wrapped under themselves', () => {
  const lines = frame([
    ...beginning,
    [
      14_300,
      {
        type: 'message',
        level: 'warning',
        stage: 's4',
        text: 'etcd.service is enabled, but /var/lib/etcd is not re-created on the machine:\n\u001b[31m\u001b[2Jadd it',
      },
    ],
    [14_300, { type: 'message', level: 'info', text: 'working in tmpfs' }],
  ]);
  expect(lines.slice(0, 5)).toEqual([
    '  ▲ warning: Root tree: files, users and units: etcd.service is enabled, but',
    '    /var/lib/etcd is not re-created on the machine: add it',
    '    working in tmpfs',
    '',
    '  container-host 1.4.2',
  ]);
});

test.each([
  [80, 24],
  [80, 12],
  [48, 16],
  [30, 10],
  [20, 24],
])('stays within %i columns and below %i rows, whatever happened', (columns, rows) => {
  const artifacts: readonly Timed[] = Array.from({ length: 20 }, (_, index) => [
    15_000,
    {
      type: 'artifact',
      role: 'disk',
      format: 'raw',
      path: `out/${'x'.repeat(60)}-${index}`,
      sizeBytes: 1,
      sha256: 'x',
    },
  ]);
  const output = '/srv/builds/of/the/month/out/container-host/1.4.2';
  for (const events of [
    beginning,
    [...beginning, ...artifacts],
    [...beginning, ...artifacts, [15_000, { type: 'end', ok: true, durationMs: 1000, output }] as const],
  ]) {
    const lines = frame(events, { columns, rows });
    expect(lines.length).toBeLessThan(rows);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
  }
});

test('colour changes nothing but the colours', () => {
  const colored = frame(beginning, {}, 14_300, { ...plainLook, paint: createPaint(true) });
  expect(colored.join('\n')).toContain('\u001b[');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what this is about.
  const stripped = colored.map((line) => line.replace(/\u001b\[\d+m/g, '').trimEnd());
  expect(stripped).toEqual(frame(beginning));
});
