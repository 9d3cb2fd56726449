/** The command line: one file per command, registered here. */
import { Command } from 'commander';
import { exitCodes } from '../errors.ts';
import { registerBuild } from './build.ts';
import { registerTest } from './test.ts';

const program = new Command('basalt')
  .description(
    'Builds minimal, immutable container-host operating systems, and carries them through their life.',
  )
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage);
  });

for (const register of [registerBuild, registerTest]) register(program);
for (const command of program.commands) {
  command
    .option('--json', 'events and results as JSON lines on stdout')
    .option('--verbose', 'show more')
    .option('--store <dir>', 'folder of the store (default: $BASALT_STORE, else ~/.cache/basalt)');
}
await program.parseAsync();
