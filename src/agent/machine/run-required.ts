/** Programs that must do their work. */
import { type Host, HostError, type HostRunOptions } from '../host.ts';

/**
 * Runs a program.
 * @returns What it wrote to stdout.
 * @throws {HostError} with the last it said, when it ends with another exit code than 0.
 */
export function runRequired(
  host: Host,
  command: readonly [string, ...string[]],
  options?: HostRunOptions,
): string {
  const { exitCode, stdout, stderr } = host.run(command, options);
  if (exitCode === 0) return stdout;
  const said = stderr.trim().split('\n').slice(-3).join('\n');
  throw new HostError(command.join(' '), said === '' ? `exit code ${exitCode}` : said);
}
