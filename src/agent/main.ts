/** `basalt-agent`: what a machine runs of Basalt. */
import * as std from 'std';
import { CommandError, exitCodes } from './command.ts';
import { commands } from './commands/table.ts';
import { HostError } from './host.ts';
import { QuickJsHost } from './quickjs/quickjs-host.ts';

/** Set by scripts/compile-agent.mjs. */
declare const AGENT_VERSION: string;

const print = (text: string): void => std.out.puts(`${text}\n`);

async function main([name, ...rest]: readonly string[]): Promise<number> {
  // Tests have a root of their own.
  const host = new QuickJsHost(std.getenv('BASALT_AGENT_ROOT') || '/');
  try {
    if (name === '--version') {
      print(AGENT_VERSION);
      return exitCodes.ok;
    }
    if (name === undefined || name === '--help' || name === 'help') {
      print(overview());
      return name === undefined ? exitCodes.usage : exitCodes.ok;
    }
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (entry === undefined) {
      throw new CommandError(`unknown command ${name}: basalt-agent --help lists them`, exitCodes.usage);
    }
    const command = await entry.load();
    if (rest.includes('--help')) {
      print(`Usage: basalt-agent ${entry.usage}\n\n${command.help.trim()}`);
      return exitCodes.ok;
    }
    return command.run({ host, arguments: rest, print, version: AGENT_VERSION });
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof HostError)) throw error;
    host.log('error', error.message);
    return error instanceof CommandError ? error.exitCode : exitCodes.failed;
  }
}

function overview(): string {
  const width = Math.max(...Object.values(commands).map(({ usage }) => usage.length));
  const lines = Object.values(commands).map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`);
  return `basalt-agent ${AGENT_VERSION}: configures this machine.

Usage: basalt-agent COMMAND

${lines.join('\n')}
  ${'--version'.padEnd(width)}  the agent's version

basalt-agent COMMAND --help has more of each.`;
}

main(scriptArgs.slice(1)).then(
  (code) => {
    std.out.flush();
    std.exit(code);
  },
  (error: unknown) => {
    // A defect: the journal gets all there is.
    std.out.flush();
    std.err.puts(
      `<2>basalt-agent: this is a defect: ${error}\n${error instanceof Error ? error.stack : ''}\n`,
    );
    std.exit(70);
  },
);
