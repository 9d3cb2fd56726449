/** The numbers of a run: as a table for docs/reliability.md, and what of them must not be. */
import type { BootResult } from '../../test/support/power-loss/boots.ts';
import type { CheckResult } from '../../test/support/power-loss/check.ts';
import type { KillsResult } from '../../test/support/power-loss/kills.ts';

export interface PowerLossResults {
  readonly seed?: number;
  readonly accelerator?: string;
  readonly checks: readonly CheckResult[];
  readonly boots: readonly BootResult[];
  readonly kills?: KillsResult;
}

/** Markdown. Pure. */
export function resultsTable({ checks, boots, kills }: PowerLossResults): string {
  const row = (name: string, value: (check: CheckResult) => string | number) =>
    `| ${name} | ${checks.map(value).join(' | ')} |`;
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((all, one) => all + one, 0);
  const lines =
    checks.length === 0
      ? []
      : [
          row('recorded', ({ step, from, to }) => `${from} to ${to}, ${step}`),
          row('---', () => '---'),
          row('writes', ({ writes, logBytes }) => `${writes}, ${Math.round(logBytes / 2 ** 20)} MiB`),
          row('flushes with writes before them', ({ flushes }) => flushes),
          row('of those that write to the partition table / ESP / other slot / /var', ({ windows: w }) =>
            [w.table, w.esp, w.passive, w.var].map((count) => count ?? 0).join(' / '),
          ),
          row('writes to the slot that runs', ({ writesToActive }) => writesToActive),
          row('states at flushes', ({ statesAtFlushes }) => statesAtFlushes),
          row('states between flushes: dropped, reordered, torn', ({ statesBetween }) => statesBetween),
          row(
            'states in which no whole version is started first, or /var is not sound',
            ({ failures }) => failures.length,
          ),
          row(
            'states in which e2fsck needed a backup of the superblock of /var',
            ({ superblockBackups }) => superblockBackups,
          ),
          row(
            'states in which a rename in the ESP was lost, and `state.json` has to be put right at the next start',
            ({ ahead }) => ahead,
          ),
          row('states in which fsck.vfat mended something', ({ espMends }) => sum(espMends)),
        ];
  const badBoots = boots.filter(({ problems }) => problems.length > 0);
  const badKills = kills?.kills.filter(({ problems }) => problems.length > 0) ?? [];
  return [
    ...lines,
    '',
    `Booted: ${boots.length} states, ${boots.length - badBoots.length} without a fault; ${boots.filter(({ completed }) => completed).length} of them then took the update.`,
    `Killed: ${kills?.kills.length ?? 0} times, ${badKills.length} with a fault after; ${kills?.completed ?? 0} updates went through in between and at the end.`,
    '',
  ].join('\n');
}

/** What went wrong, in words. Pure. */
export function shortfalls({ checks, boots, kills }: PowerLossResults): string[] {
  return [
    ...checks.flatMap(({ step, failures, writesToActive }) => [
      ...(writesToActive > 0 ? [`${step}: ${writesToActive} writes to the slot that runs`] : []),
      ...failures.map(
        (each) => `${step}, state ${each.flushes}/${each.variant}: ${each.problems.join('; ')}`,
      ),
    ]),
    ...boots.flatMap(({ step, flushes, variant, problems }) =>
      problems.map((problem) => `${step}, boot of ${flushes}/${variant}: ${problem}`),
    ),
    ...(kills?.kills ?? []).flatMap(({ step, afterMs, problems }) =>
      problems.map((problem) => `${step}, killed after ${afterMs} ms: ${problem}`),
    ),
    ...(kills?.problems ?? []),
  ];
}
