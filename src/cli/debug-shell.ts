/** `build --debug-shell`: where a tool fails, a shell in its sandbox, with all that it had. */
import { exitCodes, UserError } from '../errors.ts';
import { quoteCommand } from '../exec/quote.ts';
import { runOnTerminal } from '../exec/run.ts';
import type { Reporter } from '../report/events.ts';
import type { ToolFailure } from '../tools/toolbox.ts';

/** @throws {UserError} when there is no terminal for it. */
export function checkTerminal(json: boolean): void {
  if (process.stdin.isTTY && process.stdout.isTTY && !json) return;
  throw new UserError('usage', '--debug-shell needs a terminal', {
    exitCode: exitCodes.usage,
    seen: json ? '--json' : 'input or output that is no terminal',
    next: ['run it in a terminal, or leave --debug-shell out: the error has the command line to paste'],
  });
}

/** For {@link Toolbox.watched}. Of two failures at once, the second waits until the first shell has ended. */
export function debugShell(reporter: Reporter): (failure: ToolFailure) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  const say = (text: string) => reporter.emit({ type: 'message', level: 'info', text });
  return (failure) => {
    const shown = last.then(() => show(failure, say));
    last = shown.catch(() => undefined);
    return shown;
  };
}

async function show({ error, command, shell }: ToolFailure, say: (text: string) => void): Promise<void> {
  say(`${error.message}${error.stderrTail === '' ? '' : `\n${error.stderrTail}`}`);
  say(
    `a shell in its sandbox; when it ends, the build fails with this error. What failed:\n${quoteCommand(command)}`,
  );
  await runOnTerminal(shell);
}
