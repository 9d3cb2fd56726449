/** The command line: one file per command, registered here. */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { exitCodes } from '../errors.ts';
import { registerBuild } from './build.ts';
import { registerClean } from './clean.ts';
import { registerConfig } from './config.ts';
import { registerDoctor } from './doctor.ts';
import { registerInspect } from './inspect.ts';
import { registerList } from './list.ts';
import { registerLock } from './lock.ts';
import { registerRelease } from './release.ts';
import { registerRun } from './run.ts';
import { registerSchema } from './schema.ts';
import { registerTest } from './test.ts';
import { registerVerify } from './verify.ts';
import { registerWhy } from './why.ts';

const program = new Command('basalt')
  .description('Builds minimal, immutable container-host operating systems from Debian packages.')
  .version(packageJson.version, '--version', 'print the version of Basalt')
  // After a command's name, --version is the command's own: that of an image.
  .enablePositionalOptions()
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage);
  });

for (const register of [
  registerBuild,
  registerInspect,
  registerRun,
  registerTest,
  registerVerify,
  registerClean,
  registerConfig,
  registerDoctor,
  registerList,
  registerLock,
  registerRelease,
  registerSchema,
  registerWhy,
])
  register(program);
// The commands of a group, such as `config validate`, have the options; the group has not.
for (const command of program.commands.flatMap((one) => (one.commands.length > 0 ? one.commands : [one]))) {
  command
    .option('--json', 'events and results as JSON lines on stdout')
    .option('--verbose', 'show more')
    .option('--store <dir>', 'folder of the store (default: $BASALT_STORE, else ~/.cache/basalt)');
}
await program.parseAsync();
