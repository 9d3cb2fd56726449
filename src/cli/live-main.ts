/** The command line of the live system: the installer, and nothing else. */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { exitCodes } from '../errors.ts';
import { registerInstall } from './install.ts';

const program = new Command('basalt')
  .description('Installs the image that runs here.')
  .version(packageJson.version, '--version', 'print the version of Basalt')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage);
  });
registerInstall(program);
for (const command of program.commands) {
  command.option('--json', 'events and results as JSON lines on stdout').option('--verbose', 'show more');
}
await program.parseAsync();
