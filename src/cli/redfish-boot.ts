/** `basalt redfish boot`: what a machine boots from the next time. */
import { type Command, Option } from 'commander';
import { type BootSource, setBootOnce } from '../redfish/boot.ts';
import { atBmc, type BmcOptions, withBmcOptions } from './redfish-place.ts';
import { invalidOption } from './release-context.ts';
import { inSession } from './session.ts';
import { showResult } from './show-result.ts';

interface BootOptions extends BmcOptions {
  readonly once: BootSource;
  readonly uri?: string;
}

const sources: Readonly<Record<BootSource, string>> = {
  cd: 'the virtual CD',
  pxe: 'the network, by PXE',
  http: 'the network, by UEFI HTTP',
};

export function addRedfishBoot(redfish: Command): void {
  withBmcOptions(redfish.command('boot <address>').description('set what a machine boots from the next time'))
    .addOption(
      new Option('--once <source>', 'the next boot only')
        .choices(['cd', 'pxe', 'http'])
        .makeOptionMandatory(),
    )
    .option('--uri <uri>', 'image of UEFI HTTP boot (default: what DHCP says)')
    .addHelpText(
      'after',
      `
The machine is not restarted.

Example:
  ./basalt redfish boot 10.0.0.9 --fingerprint 4f2c… --once http \\
    --uri http://10.0.0.1:8080/installer.efi
`,
    )
    .action((address: string, options: BootOptions) =>
      inSession(options, async (session) => {
        const { once, uri } = options;
        if (uri !== undefined && once !== 'http')
          throw invalidOption('--uri', uri, 'it goes with --once http only');
        if (uri !== undefined && !/^https?:$/.test(URL.canParse(uri) ? new URL(uri).protocol : ''))
          throw invalidOption('--uri', uri, 'a URL with http or https');
        const change = await atBmc(session, address, options, (bmc) => setBootOnce(bmc, once, uri));
        await showResult(session, 'redfish boot', change, ({ source, changed }) => [
          `the next boot is from ${sources[source]}${changed ? '' : ': nothing changed'}`,
        ]);
      }),
    );
}
