/** `basalt-agent health COMMAND`: whether this machine is well. */
import { CommandError, exitCodes, readArguments } from '../command.ts';
import { showHealthBanner } from '../health/banner.ts';
import { checkHealth } from '../health/check.ts';
import { loadHealth, saveHealth } from '../health/record.ts';
import type { Host } from '../host.ts';
import { uptimeMs } from '../machine/identity.ts';
import { type Subcommand, withSubcommands } from '../subcommands.ts';
import { readUpdateSettings } from '../update/settings.ts';

/** What may end well by itself is waited for so long, */
const MOST_PATIENCE_MS = 120_000;
/** and never shorter, however late it is. */
const LEAST_PATIENCE_MS = 30_000;

const help = `check [--record]  looks at units, etcd and the programs in /etc/basalt/health.d, once
                  --record, for basalt-health.service: waits up to two minutes, and keeps the result
status [--json]   the last result that was kept

Exit code 0: the machine is well. 1: it is not.
`;

const works: Readonly<Record<string, Subcommand>> = {
  check: ({ host, arguments: args }) =>
    check(host, readArguments(args, ['--record']).options.has('--record')),
  status: ({ host, arguments: args, print }) => {
    const { options } = readArguments(args, ['--json']);
    const record = loadHealth(host);
    if (record === undefined)
      throw new CommandError('there is no result yet: basalt-agent health check looks now');
    if (options.has('--json')) print(JSON.stringify({ basaltHealth: 1, ...record }, undefined, 2));
    else
      for (const line of [
        `${record.good ? 'well' : 'NOT well'}  version ${record.version}, ${record.at}`,
        ...record.problems,
      ])
        print(line);
    return record.good ? exitCodes.ok : exitCodes.failed;
  },
};

export const health = withSubcommands({ name: 'health', help, works });

function check(host: Host, keep: boolean): number {
  const { health: settings } = readUpdateSettings(host);
  const leftMs = settings.timeoutMs - uptimeMs(host);
  const patienceMs = keep ? Math.max(LEAST_PATIENCE_MS, Math.min(MOST_PATIENCE_MS, leftMs)) : 0;
  const { record, warnings } = checkHealth(host, settings, patienceMs);
  for (const warning of warnings) host.log('warning', warning);
  for (const problem of record.problems) host.log('error', problem);
  host.log(record.good ? 'info' : 'error', record.good ? 'this machine is well' : 'this machine is not well');
  if (keep) {
    showHealthBanner(host, record);
    saveHealth(host, record);
  }
  return record.good ? exitCodes.ok : exitCodes.failed;
}
