import { expect, test } from 'vitest';
import { bannerText } from '../../../src/agent/report/banner.ts';
import type { RunReport } from '../../../src/agent/report/run-report.ts';
import type { StatusReport } from '../../../src/agent/status/status-report.ts';
import { statusText } from '../../../src/agent/status/status-text.ts';

const run = (more: Partial<RunReport> = {}): RunReport => ({
  outcome: 'kept',
  at: '2026-01-01T00:00:00.000Z',
  durationMs: 1234,
  source: 'fw-cfg',
  where: 'opt/basalt/user-data',
  problems: [],
  warnings: [],
  ...more,
});
const problem = (line: number) => ({ file: 'x', line, column: 3, message: `wrong ${line}`, hint: 'mend it' });

test('no banner when all is well', () => {
  for (const outcome of ['applied', 'unchanged', 'none'] as const)
    expect(bannerText(run({ outcome }))).toBeUndefined();
});

test('the banner fits a console, whatever the problems', () => {
  const problems = Array.from({ length: 40 }, (_, line) => ({
    ...problem(line + 1),
    message: 'x'.repeat(999),
  }));
  const lines = (bannerText(run({ problems })) ?? '').split('\n');
  expect(lines.length).toBeLessThan(12);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(210);
  expect(lines).toContain('  and 35 more');
});

test('the banner says what is in force', () => {
  expect(bannerText(run({ problems: [problem(2)] }))).toBe(
    'The configuration from fw-cfg (opt/basalt/user-data) is not applied:\n' +
      '  x:2:3: wrong 2; mend it\n' +
      'The last good configuration stays in force.\n' +
      'More: sudo basalt-agent status\n',
  );
  expect(bannerText(run({ outcome: 'refused' }))).toContain('it is as its image says');
});

test('status for people', () => {
  const report: StatusReport = {
    basaltAgentStatus: 1,
    version: '1',
    state: 'kept',
    configuration: { source: 'ec2', where: 'there', appliedAt: '2025', kind: 'cloud-config' },
    lastRun: run({ problems: [problem(2)] }),
    pending: true,
    differences: [{ kind: 'file', name: '/etc/x', difference: 'missing' }],
    placed: { files: ['/etc/x'], users: [], units: ['a', 'b'] },
  };
  expect(statusText(report)).toBe(`configuration  NOT applied; an earlier configuration stays in force
in force       cloud-config from ec2 (there)
since          2025
last run       2026-01-01T00:00:00.000Z, 1.2 s, found fw-cfg (opt/basalt/user-data)
pending        a run was cut off: systemctl restart basalt-agent finishes it
applied        1 file, 0 users, 2 enabled units
problems       1
  x:2:3: wrong 2; mend it
differences    1
  file /etc/x: missing`);
});
