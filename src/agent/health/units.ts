/** Whether the units of this machine are well: none has failed, none starts again and again. */
import type { Host } from '../host.ts';
import { type Finding, well } from './finding.ts';

/** Those that ask for this very check, and wait for it. */
const OWN =
  /^(basalt-(health|health-retry|lock|reboot|fallback|report)\.(service|timer)|boot-complete\.target|systemd-bless-boot\.service)$/;
/** Of a failed unit's journal. */
const LINES = 3;
/** More are only named. */
const SHOWN = 5;

/** A line of `systemctl list-units`. */
interface UnitLine {
  readonly unit: string;
  readonly active: string;
  readonly sub: string;
}

/** Looks at all units once. A degraded machine may be allowed: then failed units are warnings. */
export function checkUnits(host: Host, allowDegraded: boolean): Finding {
  const { exitCode, stdout, stderr } = host.run([
    'systemctl',
    'list-units',
    '--state=failed,activating',
    ...['--plain', '--no-legend', '--no-pager', '--full'],
  ]);
  if (exitCode !== 0) return { ...well, problems: [`systemd does not tell its units: ${stderr.trim()}`] };
  const lines = parseUnits(stdout).filter(({ unit }) => !OWN.test(unit));
  const failed = lines.filter(({ active }) => active === 'failed');
  const again = lines.filter(({ sub }) => sub === 'auto-restart');
  const starting = lines.filter(({ active, sub }) => active === 'activating' && sub !== 'auto-restart');
  const problems = failed.map(({ unit }, index) =>
    index < SHOWN ? `${unit} failed${journal(host, unit)}` : `${unit} failed`,
  );
  const loops = again.map(({ unit }) => `${unit} ends and is started again and again`);
  return {
    problems: allowDegraded ? [] : problems,
    waitsFor: allowDegraded ? [] : loops,
    warnings: [
      ...(allowDegraded ? [...problems, ...loops] : []),
      ...starting.map(({ unit }) => `${unit} is still starting`),
    ],
  };
}

/** Pure. */
export function parseUnits(text: string): UnitLine[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length >= 4)
    .map(([unit = '', , active = '', sub = '']) => ({ unit, active, sub }));
}

function journal(host: Host, unit: string): string {
  const { stdout } = host.run(
    ['journalctl', '--boot', `--unit=${unit}`, `--lines=${LINES}`, '--output=cat', '--no-pager', '--quiet'],
    { timeoutMs: 10_000 },
  );
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? '' : `: ${lines.slice(-LINES).join(' / ')}`;
}
