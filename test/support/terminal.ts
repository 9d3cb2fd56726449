/** A terminal for programs that want one, by script(1). */
import { execa } from 'execa';
import { quoteCommand } from '../../src/exec/quote.ts';
import type { Command } from '../../src/exec/run.ts';

/** Runs a command on a terminal of its own, where somebody has typed `input` ahead; what it shows comes back. */
export async function onTerminal(command: Command, input: string): Promise<string> {
  const { stdout } = await execa('script', ['-qec', quoteCommand(command), '/dev/null'], {
    input,
    reject: false,
    env: { TERM: 'dumb' },
    timeout: 10 * 60_000,
  });
  return stdout;
}
