/** `basalt-agent apply`: what basalt-agent.service runs at each boot. */
import { applyConfiguration, type Result } from '../apply/apply-configuration.ts';
import { type Command, exitCodes, readArguments } from '../command.ts';
import type { Host } from '../host.ts';
import { showBanner } from '../report/banner.ts';
import { type Outcome, problemText, type RunReport, saveReport } from '../report/run-report.ts';

export const apply: Command = {
  help: `
Finds this machine's configuration, checks all of it, and brings the machine to it. What the configuration no longer
says is taken back. Runs at each boot; "systemctl restart basalt-agent" runs it now.

A configuration with problems changes nothing: the last good one stays in force, and the exit code is 3.
`,
  async run({ host, arguments: args }) {
    readArguments(args, []);
    const startedMs = host.monotonicMs();
    const result = await applyConfiguration(host);
    const report: RunReport = {
      outcome: result.outcome,
      at: new Date(host.nowMs()).toISOString(),
      durationMs: Math.round(host.monotonicMs() - startedMs),
      ...result.found,
      problems: result.problems,
      warnings: result.warnings,
    };
    saveReport(host, report);
    showBanner(host, report);
    tell(host, result);
    return result.problems.length > 0 ? exitCodes.invalidInput : exitCodes.ok;
  },
};

function tell(host: Host, { outcome, found, problems, warnings }: Result): void {
  for (const problem of problems) host.log('error', problemText(problem));
  for (const warning of warnings) host.log('warning', problemText(warning));
  const [level, text] = outcomeLine(
    outcome,
    found === undefined ? '' : ` from ${found.source} (${found.where})`,
  );
  host.log(level, text);
}

function outcomeLine(outcome: Outcome, from: string): ['info' | 'error', string] {
  switch (outcome) {
    case 'applied':
      return ['info', `the configuration${from} is applied`];
    case 'unchanged':
      return ['info', `the configuration${from} is in force; nothing had to be changed`];
    case 'none':
      return ['info', 'no source has a configuration: the machine is as its image says'];
    case 'kept':
      return ['error', `the configuration${from} is not applied; the last good one stays in force`];
    case 'refused':
      return ['error', `the configuration${from} is not applied, and the machine has no other`];
  }
}
