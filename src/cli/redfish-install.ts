/** `basalt redfish install`: a machine installs itself from an ISO. */
import type { Command } from 'commander';
import { type Installed, install } from '../redfish/install.ts';
import { InstallRecords } from '../redfish/install-record.ts';
import { type MediaCommandOptions, withMediaLimit } from './redfish-media.ts';
import { atBmc, limitOf, recordsFolder, withBmcOptions } from './redfish-place.ts';
import { type PowerCommandOptions, powerOptionsOf, withPowerOptions } from './redfish-power.ts';
import { inSession } from './session.ts';
import { showResult } from './show-result.ts';

interface InstallCommandOptions extends PowerCommandOptions, MediaCommandOptions {
  readonly iso: string;
  readonly limit: string;
  readonly again?: boolean;
  readonly follow: boolean;
}

export function addRedfishInstall(redfish: Command): void {
  withMediaLimit(
    withPowerOptions(
      withBmcOptions(redfish.command('install <address>').description('install a machine from an ISO')),
    ),
  )
    .requiredOption('--iso <url>', 'the installer, where the BMC can fetch it')
    .option('--replace', 'take out what else is in the drive')
    .option('--limit <seconds>', 'for the installation', '3600')
    .option('--no-follow', 'end when the machine has restarted; the medium stays in the drive')
    .option('--again', 'start over, also when it was installed or may be installing')
    .addHelpText(
      'after',
      `
Mounts the ISO, restarts the machine from it once, follows until the installer
restarts the machine or turns it off, and takes the ISO out. Run it again at any
moment: it looks at what is there and does the rest.

Example:
  ./basalt redfish install 10.0.0.9 --fingerprint 4f2c… \\
    --iso http://10.0.0.1:8080/installer.iso
`,
    )
    .action((address: string, options: InstallCommandOptions) =>
      inSession(options, async (session) => {
        const wanted = {
          iso: options.iso,
          records: new InstallRecords(recordsFolder(session)),
          again: options.again ?? false,
          follow: options.follow,
          replace: options.replace ?? false,
          power: powerOptionsOf(options),
          mediaLimitMs: limitOf('--media-limit', options.mediaLimit),
          limitMs: limitOf('--limit', options.limit),
        };
        const installed = await atBmc(session, address, options, (bmc) => install(bmc, wanted));
        await showResult(session, 'redfish install', installed, linesOf);
      }),
    );
}

function linesOf({ image, state, seen, changed }: Installed): readonly string[] {
  if (state === 'started')
    return [`the machine starts from ${image}`, 'run the same without --no-follow to see it through'];
  if (seen !== undefined) return [`installed from ${image}; the medium is out of the drive`];
  return [
    `installed from ${image} before${changed ? '; the medium is out of the drive now' : ': nothing changed'}`,
  ];
}
