/** `basalt redfish mount`, `basalt redfish unmount`: images as virtual CDs. */
import type { Command } from 'commander';
import { mount, unmount } from '../redfish/media.ts';
import { atBmc, type BmcOptions, limitOf, withBmcOptions } from './redfish-place.ts';
import { inSession } from './session.ts';
import { showResult } from './show-result.ts';

/** Options of every command that moves media. */
export interface MediaCommandOptions extends BmcOptions {
  readonly replace?: boolean;
  readonly mediaLimit: string;
}

/** Adds them. */
export function withMediaLimit(command: Command): Command {
  return command.option('--media-limit <seconds>', 'for a medium to get in or out', '120');
}

export function addRedfishMount(redfish: Command): void {
  withMediaLimit(
    withBmcOptions(redfish.command('mount <address> <url>').description('put an ISO into the virtual drive')),
  )
    .option('--replace', 'take out what else is in the drive')
    .addHelpText(
      'after',
      `
The BMC fetches the image itself, so the URL must be one that it can reach.

Example:
  ./basalt redfish mount 10.0.0.9 http://10.0.0.1:8080/installer.iso \\
    --fingerprint 4f2c…
`,
    )
    .action((address: string, url: string, options: MediaCommandOptions) =>
      inSession(options, async (session) => {
        const limitMs = limitOf('--media-limit', options.mediaLimit);
        const change = await atBmc(session, address, options, (bmc) =>
          mount(bmc, url, { limitMs, replace: options.replace ?? false }),
        );
        await showResult(session, 'redfish mount', change, ({ drive, image, changed }) => [
          `${image} is in the drive ${drive}${changed ? '' : ': nothing changed'}`,
        ]);
      }),
    );
}

export function addRedfishUnmount(redfish: Command): void {
  withMediaLimit(
    withBmcOptions(
      redfish.command('unmount <address> [url]').description('empty the virtual drives for CDs'),
    ),
  )
    .addHelpText(
      'after',
      `
With a URL only this image is taken out.

Example:
  ./basalt redfish unmount 10.0.0.9 --fingerprint 4f2c…
`,
    )
    .action((address: string, url: string | undefined, options: MediaCommandOptions) =>
      inSession(options, async (session) => {
        const limitMs = limitOf('--media-limit', options.mediaLimit);
        const removed = await atBmc(session, address, options, (bmc) => unmount(bmc, url, limitMs));
        const result = {
          changed: removed.length > 0,
          removed: removed.map(({ drive, image }) => ({ drive, image })),
        };
        await showResult(session, 'redfish unmount', result, () =>
          removed.length === 0
            ? ['nothing was in the drives: nothing changed']
            : removed.map(({ drive, image }) => `${image} is out of the drive ${drive}`),
        );
      }),
    );
}
