/** `basalt serve reinstall`: a machine installs itself again with its next start from the network. */
import type { Command } from 'commander';
import type { MachineStatus } from '../provision/status/machine-status.ts';
import { askServer } from './serve-control.ts';
import { type StateOptions, stateFolder, withState } from './serve-state.ts';
import { inSession } from './session.ts';
import { showResult } from './show-result.ts';

export function addServeReinstall(serve: Command): void {
  withState(serve.command('reinstall <machine>'))
    .description('let a machine install itself again with its next start from the network')
    .addHelpText(
      'after',
      `
MACHINE is the name of its entry, its id, MAC, UUID or service tag. The machine
is not restarted.

Example:
  ./basalt serve reinstall rack4-7
`,
    )
    .action((machine: string, options: StateOptions) =>
      inSession(options, async (session) => {
        const result = await askServer<{ machine: MachineStatus }>(stateFolder(options), '/reinstall', {
          machine,
        });
        await showResult(session, 'serve reinstall', result, ({ machine: { name, id } }) => [
          `${name ?? id} installs itself with its next start from the network`,
        ]);
      }),
    );
}
