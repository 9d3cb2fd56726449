/** `basalt redfish status`: how far a machine is, once or for as long as it takes. */
import { type Command, Option } from 'commander';
import { UserError } from '../errors.ts';
import type { Bmc } from '../redfish/bmc.ts';
import { sayDrive } from '../redfish/media.ts';
import { untilSeen } from '../redfish/pace.ts';
import { readStatus, type Status, sayProgress } from '../redfish/progress.ts';
import { atBmc, type BmcOptions, limitOf, withBmcOptions } from './redfish-place.ts';
import { inSession } from './session.ts';
import { showResult } from './show-result.ts';

type Goal = 'on' | 'off' | 'running';

interface StatusOptions extends BmcOptions {
  readonly until?: Goal;
  readonly limit: string;
}

const goals: Readonly<Record<Goal, (status: Status) => boolean>> = {
  on: ({ power }) => power === 'On',
  off: ({ power }) => power === 'Off',
  running: ({ stage }) => stage === 'OSRunning',
};

export function addRedfishStatus(redfish: Command): void {
  withBmcOptions(redfish.command('status <address>').description('how far a machine is'))
    .addOption(new Option('--until <state>', 'follow until it is so').choices(['on', 'off', 'running']))
    .option('--limit <seconds>', 'for --until', '600')
    .addHelpText(
      'after',
      `
running is an operating system that runs, which not every BMC tells.

Example:
  ./basalt redfish status 10.0.0.9 --fingerprint 4f2c… --until running
`,
    )
    .action((address: string, options: StatusOptions) =>
      inSession(options, async (session) => {
        const limitMs = limitOf('--limit', options.limit);
        const status = await atBmc(session, address, options, (bmc) =>
          options.until === undefined ? readStatus(bmc) : follow(bmc, options.until, limitMs),
        );
        await showResult(session, 'redfish status', status, linesOf);
      }),
    );
}

async function follow(bmc: Bmc, goal: Goal, limitMs: number): Promise<Status> {
  const { pace, signal } = bmc.client;
  let last: Status | undefined;
  const look = async () => {
    const now = await readStatus(bmc);
    if (last === undefined || sayProgress(now) !== sayProgress(last)) bmc.client.say(sayProgress(now));
    last = now;
    return goals[goal](now) ? now : undefined;
  };
  const reached = await untilSeen(look, { limitMs, pollMs: pace.pollMs, signal });
  if (reached !== undefined) return reached;
  throw new UserError('bmc-time-limit', `the machine is not ${goal} in time`, {
    where: bmc.client.shown,
    seen: `${last === undefined ? 'nothing' : sayProgress(last)} after ${limitMs / 1000} s`,
    needed: goal,
    ...(goal === 'running' && last?.stage === undefined
      ? { next: ['this BMC does not tell whether an operating system runs: use --until on'] }
      : {}),
  });
}

function linesOf({ power, stage, health, resetAt, awaitsCd, override, drives }: Status): readonly string[] {
  const row = (name: string, value: string | undefined) =>
    value === undefined ? [] : [`${name.padEnd(12)}${value}`];
  return [
    ...row('power', power),
    ...row('stage', stage),
    ...row('health', health),
    ...row('last reset', resetAt),
    ...row('next boot', awaitsCd ? 'virtual CD, once' : override),
    ...drives.flatMap((drive) => row('drive', sayDrive(drive))),
  ];
}
