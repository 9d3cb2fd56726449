/** `basalt-agent status`. */
import { type Command, CommandError, exitCodes, readArguments } from '../command.ts';
import { HostError } from '../host.ts';
import { type StatusReport, statusReport } from '../status/status-report.ts';
import { statusText } from '../status/status-text.ts';

export const status: Command = {
  help: `
Tells what was applied from which source and when, what is wrong with the configuration, what was passed over, and what
differs on the machine from what was applied. --json has the same for programs (docs/agent.md).

Exit code 0: the configuration is in force, or there is none. 1: the machine differs from it, or the agent has not run.
3: the configuration that was found is not applied.
`,
  run({ host, arguments: args, print, version }) {
    const { options } = readArguments(args, ['--json']);
    let report: StatusReport;
    try {
      report = statusReport(host, version);
    } catch (error) {
      if (!(error instanceof HostError) || error.reason !== 'Permission denied') throw error;
      throw new CommandError('the configuration may hold secrets: sudo basalt-agent status shows it');
    }
    print(options.has('--json') ? JSON.stringify(report, undefined, 2) : statusText(report));
    if (report.state === 'kept' || report.state === 'refused') return exitCodes.invalidInput;
    const isWell = report.state !== 'not-run' && !report.pending && report.differences.length === 0;
    return isWell ? exitCodes.ok : exitCodes.failed;
  },
};
