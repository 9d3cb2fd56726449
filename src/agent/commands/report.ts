/** `basalt-agent report`: by basalt-report.timer on machines that a provisioning server has installed. */
import { type Command, exitCodes, readArguments } from '../command.ts';
import { type Reported, reportRunning } from '../provision/report-running.ts';

/** It starts basalt-report.service again and again. */
const TIMER = 'basalt-report.timer';

export const report: Command = {
  help: `
Tells the server that this machine was installed from which version runs, when the machine is well: once for each version.
The address and the token are in /var/lib/basalt/provision/report.json, which the installer leaves; without the file
nothing is done. A token that opens nothing any more is removed.
`,
  run({ host, arguments: args }) {
    readArguments(args, []);
    const reported: Reported = reportRunning(host);
    host.log(reported.kind === 'done' ? 'info' : 'warning', `report: ${reported.text}`);
    if (reported.kind === 'again') return exitCodes.failed;
    // The next version comes with a restart, and that with the timer.
    host.run(['systemctl', 'stop', '--no-block', TIMER]);
    return reported.kind === 'done' ? exitCodes.ok : exitCodes.failed;
  },
};
