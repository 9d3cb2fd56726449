/** `basalt-agent status` for people. Pure. */
import type { Problem } from '../../errors.ts';
import { problemText } from '../report/run-report.ts';
import type { StatusReport } from './status-report.ts';

const STATES: Readonly<Record<StatusReport['state'], string>> = {
  'in-force': 'in force',
  kept: 'NOT applied; an earlier configuration stays in force',
  refused: 'NOT applied; this machine has no other configuration',
  none: 'none: no source has one, and the machine is as its image says',
  'not-run': 'not known: the agent has not ended a run in this boot',
};

/** Ends without a line end. */
export function statusText(report: StatusReport): string {
  const { configuration, lastRun, placed } = report;
  const lines = [row('configuration', STATES[report.state])];
  if (configuration !== null) {
    lines.push(
      row('in force', `${configuration.kind} from ${configuration.source} (${configuration.where})`),
      row('since', configuration.appliedAt),
    );
  }
  if (lastRun !== null) {
    const found =
      lastRun.source === undefined ? 'nothing found' : `found ${lastRun.source} (${lastRun.where})`;
    lines.push(row('last run', `${lastRun.at}, ${(lastRun.durationMs / 1000).toFixed(1)} s, ${found}`));
  }
  if (report.pending)
    lines.push(row('pending', 'a run was cut off: systemctl restart basalt-agent finishes it'));
  lines.push(
    row(
      'applied',
      `${count(placed.files.length, 'file')}, ${count(placed.users.length, 'user')}, ${count(placed.units.length, 'enabled unit')}`,
    ),
  );
  lines.push(...section('problems', problems(lastRun?.problems ?? [])));
  lines.push(...section('warnings', problems(lastRun?.warnings ?? [])));
  const differences = report.differences.map(
    ({ kind, name, difference }) => `${kind} ${name}: ${difference}`,
  );
  if (configuration !== null && differences.length === 0) lines.push(row('differences', 'none'));
  lines.push(...section('differences', differences));
  return lines.join('\n');
}

const LABEL_WIDTH = 'configuration'.length + 2;

function row(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

function section(label: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [row(label, String(lines.length)), ...lines.map((line) => `  ${line}`)];
}

function problems(list: readonly Problem[]): string[] {
  return list.map(problemText);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
