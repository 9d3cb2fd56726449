/** `basalt redfish`: the group of commands that work on a machine through its BMC. One file per command. */
import type { Command } from 'commander';
import { addRedfishBoot } from './redfish-boot.ts';
import { addRedfishDiscover } from './redfish-discover.ts';
import { addRedfishInstall } from './redfish-install.ts';
import { addRedfishMount, addRedfishUnmount } from './redfish-media.ts';
import { addRedfishPower } from './redfish-power.ts';
import { addRedfishStatus } from './redfish-status.ts';

export function registerRedfish(program: Command): void {
  const redfish = program
    .command('redfish')
    .description('work on machines through their BMCs, such as iDRAC')
    .addHelpText(
      'after',
      `
The password is in BASALT_BMC_PASSWORD or in a file of mode 600; certificates are
checked, and can be pinned. docs/redfish.md is the guide.

Example:
  export BASALT_BMC_PASSWORD
  ./basalt redfish discover 10.0.0.9 --fingerprint 4f2c…
  ./basalt redfish install 10.0.0.9 --fingerprint 4f2c… \\
    --iso http://10.0.0.1:8080/installer.iso
`,
    );
  for (const add of [
    addRedfishDiscover,
    addRedfishStatus,
    addRedfishPower,
    addRedfishBoot,
    addRedfishMount,
    addRedfishUnmount,
    addRedfishInstall,
  ])
    add(redfish);
}
