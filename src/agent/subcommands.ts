/** Commands that are several: `basalt-agent etcd join`. */
import { type Command, type CommandContext, CommandError, exitCodes } from './command.ts';

/** What one of them does; its arguments are what follows its name. @returns The exit code. */
export type Subcommand = (context: CommandContext) => number;

export interface SubcommandOptions {
  /** Such as `etcd`. */
  readonly name: string;
  readonly help: string;
  readonly works: Readonly<Record<string, Subcommand>>;
  /** What a failure says to a person; undefined for one that is a defect. */
  readonly words?: (error: unknown) => string | undefined;
}

/** The command that looks at its first argument. @throws {CommandError} from it, when that is none of them. */
export function withSubcommands({ name, help, works, words = () => undefined }: SubcommandOptions): Command {
  return {
    help,
    run(context) {
      const [asked, ...rest] = context.arguments;
      const work = asked !== undefined && Object.hasOwn(works, asked) ? works[asked] : undefined;
      if (work === undefined) {
        const seen = asked === undefined ? `${name} needs a command` : `there is no command ${name} ${asked}`;
        throw new CommandError(`${seen}: ${Object.keys(works).join(', ')}`, exitCodes.usage);
      }
      try {
        return work({ ...context, arguments: rest });
      } catch (error) {
        const said = words(error);
        throw said === undefined ? error : new CommandError(said);
      }
    },
  };
}
