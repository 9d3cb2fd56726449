/** What a command of `basalt-agent` is: one file each in `commands/`. */
import type { Host } from './host.ts';

/** What a command is given. */
export interface CommandContext {
  readonly host: Host;
  /** What follows the command's name. */
  readonly arguments: readonly string[];
  /** The answer, to stdout; what happens meanwhile goes to `host.log`. Ends the line. */
  readonly print: (text: string) => void;
  /** The agent's own, such as `0.1.0`. */
  readonly version: string;
}

export interface Command {
  /** Below the first line of `basalt-agent COMMAND --help`. */
  readonly help: string;
  /** @returns The exit code. @throws {CommandError|HostError} */
  run(context: CommandContext): number | Promise<number>;
}

/** What the table in main.ts knows of a command without loading it: a boot loads only what it needs. */
export interface CommandEntry {
  /** How it is called, without the program's name: `status [--json]`. */
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Exit codes, the same as those of the builder's command line (docs/reference/exit-codes.md). */
export const exitCodes = {
  ok: 0,
  /** What was asked could not be done. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The configuration has problems; the machine keeps what it has. */
  invalidInput: 3,
} as const;

/** Something the person at the keyboard can mend. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    message: string,
    readonly exitCode: number = exitCodes.failed,
  ) {
    super(message);
  }
}

/**
 * Sorts a command's arguments.
 * @param known The options that it has, such as `--json`.
 * @throws {CommandError} for an option that it does not have.
 */
export function readArguments(
  args: readonly string[],
  known: readonly string[],
): { readonly options: ReadonlySet<string>; readonly values: readonly string[] } {
  const options = args.filter((argument) => argument.startsWith('-') && argument !== '-');
  const unknown = options.find((option) => !known.includes(option));
  if (unknown !== undefined) {
    const allowed = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`;
    throw new CommandError(`unknown option ${unknown}: ${allowed}`, exitCodes.usage);
  }
  return { options: new Set(options), values: args.filter((argument) => !options.includes(argument)) };
}
