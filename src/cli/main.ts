/** The command line: one file per command, listed here. */
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { exitCodes } from '../errors.ts';

/** By name, in the order of the help text. Each is loaded when it is asked for: ink alone is 400 modules, which `build --json` does not need. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  build: async () => (await import('./build.ts')).registerBuild,
  inspect: async () => (await import('./inspect.ts')).registerInspect,
  install: async () => (await import('./install.ts')).registerInstall,
  run: async () => (await import('./run.ts')).registerRun,
  test: async () => (await import('./test.ts')).registerTest,
  verify: async () => (await import('./verify.ts')).registerVerify,
  clean: async () => (await import('./clean.ts')).registerClean,
  config: async () => (await import('./config.ts')).registerConfig,
  diff: async () => (await import('./diff.ts')).registerDiff,
  doctor: async () => (await import('./doctor.ts')).registerDoctor,
  list: async () => (await import('./list.ts')).registerList,
  lock: async () => (await import('./lock.ts')).registerLock,
  publish: async () => (await import('./publish.ts')).registerPublish,
  redfish: async () => (await import('./redfish.ts')).registerRedfish,
  release: async () => (await import('./release.ts')).registerRelease,
  schema: async () => (await import('./schema.ts')).registerSchema,
  serve: async () => (await import('./serve.ts')).registerServe,
  why: async () => (await import('./why.ts')).registerWhy,
};

const program = new Command('basalt')
  .description('Builds minimal, immutable container-host operating systems from Debian packages.')
  .version(packageJson.version, '--version', 'print the version of Basalt')
  // After a command's name, --version is the command's own: that of an image.
  .enablePositionalOptions()
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? exitCodes.ok : exitCodes.usage);
  });

const asked = Object.entries(commands).filter(([name]) => name === process.argv[2]);
// The help text, and what is nearest to a misspelt name, need all of them.
for (const [, load] of asked.length > 0 ? asked : Object.entries(commands)) (await load())(program);
for (const command of program.commands.flatMap(working)) {
  command
    .option('--json', 'events and results as JSON lines on stdout')
    .option('--verbose', 'show more')
    .option('--store <dir>', 'folder of the store (default: $BASALT_STORE, else ~/.cache/basalt)');
}
await program.parseAsync();

/** The commands of a group, such as `config validate`, have the options; the group has not, unless it works itself. */
function working(command: Command): readonly Command[] {
  const itself = command.commands.length === 0 || command.registeredArguments.length > 0;
  return [...(itself ? [command] : []), ...command.commands.flatMap(working)];
}
