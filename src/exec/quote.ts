/** Quotes one argument so that the command line can be pasted into a POSIX shell. */
export function quoteArgument(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** A whole command line, ready to paste. */
export function quoteCommand(command: readonly string[]): string {
  return command.map(quoteArgument).join(' ');
}
