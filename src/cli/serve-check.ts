/** `basalt serve check`: a machines.yaml with all that it names. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { type CommonOptions, inSession } from './session.ts';
import { showResult } from './show-result.ts';

export function addServeCheck(serve: Command): void {
  serve
    .command('check <machines>')
    .description('check a machines.yaml, and make every configuration in it once')
    .addHelpText(
      'after',
      '\nThe exit code is 3 when the file has problems.\n\nExample:\n  ./basalt serve check machines.yaml\n',
    )
    .action((file: string, options: CommonOptions) =>
      inSession(options, async (session) => {
        const { loadMachines } = await import('../provision/settings.ts');
        const { network, profiles } = await loadMachines(file, join(session.home, 'templates/cloud-config'));
        const machines = profiles.map(({ name, image, version, disk }) => ({ name, image, version, disk }));
        await showResult(session, 'serve check', { file, dhcp: network.dhcp, machines }, () => [
          `${file}: valid, ${machines.length} ${machines.length === 1 ? 'entry' : 'entries'}`,
        ]);
      }),
    );
}
