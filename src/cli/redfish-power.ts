/** `basalt redfish power`: the power of a machine. */
import { Argument, type Command } from 'commander';
import { readSystem } from '../redfish/bmc.ts';
import { type PowerChange, type PowerOptions, type PowerWish, powerOf, setPower } from '../redfish/power.ts';
import { atBmc, type BmcOptions, limitOf, withBmcOptions } from './redfish-place.ts';
import { inSession } from './session.ts';
import { showResult } from './show-result.ts';

/** Options of every command that may turn a machine off. */
export interface PowerCommandOptions extends BmcOptions {
  readonly force?: boolean;
  readonly gracefulLimit: string;
  readonly powerLimit: string;
}

/** Adds the options for turning a machine off. */
export function withPowerOptions(command: Command): Command {
  return command
    .option('--force', 'cut the power when the system does not shut down in time')
    .option('--graceful-limit <seconds>', 'for the system to shut down', '300')
    .option('--power-limit <seconds>', 'for the BMC to see the change', '120');
}

/** Reads them. @throws {UserError} */
export function powerOptionsOf(options: PowerCommandOptions): PowerOptions {
  return {
    force: options.force ?? false,
    gracefulLimitMs: limitOf('--graceful-limit', options.gracefulLimit),
    limitMs: limitOf('--power-limit', options.powerLimit),
  };
}

export function addRedfishPower(redfish: Command): void {
  withPowerOptions(
    withBmcOptions(
      redfish
        .command('power <address>')
        .description('turn a machine on or off, or restart it')
        .addArgument(
          new Argument('<what>', 'what to do').choices(['on', 'off', 'restart', 'cycle', 'status']),
        ),
    ),
  )
    .addHelpText(
      'after',
      `
off and restart let the system shut down first. cycle cuts the power, and needs
--force to say so.

Example:
  ./basalt redfish power 10.0.0.9 restart --fingerprint 4f2c… --force
`,
    )
    .action((address: string, what: PowerWish | 'status', options: PowerCommandOptions) =>
      inSession(options, async (session) => {
        const power = powerOptionsOf(options);
        const change = await atBmc(session, address, options, async (bmc): Promise<PowerChange> => {
          if (what !== 'status') return setPower(bmc, what, power);
          const now = powerOf(await readSystem(bmc));
          return { before: now, after: now, changed: false, forced: false };
        });
        await showResult(session, 'redfish power', change, ({ before, after, changed, forced }) => [
          changed ? `${after}, was ${before}${forced ? '; the power was cut' : ''}` : after,
        ]);
      }),
    );
}
