/** A failure in words that may leave the machine. */
import { messageOf, ToolError, UserError } from '../../errors.ts';
import { withoutSecrets } from './token.ts';

/** A failure as the server shows it: one line, the most telling first. */
export function failureText(error: unknown): string {
  if (!(error instanceof UserError)) return messageOf(error);
  const [problem] = error.problems;
  const more = error.problems.length > 1 ? ` and ${error.problems.length - 1} more` : '';
  const first =
    problem === undefined
      ? undefined
      : `${problem.file}${problem.line === 0 ? '' : `:${problem.line}:${problem.column}`}: ${problem.message}${more}`;
  return [error.message, error.seen, error.needed && `needed: ${error.needed}`, first]
    .filter((part) => part !== undefined && part !== '')
    .join('; ');
}

/** The same error without secrets: what a program said may hold an address. */
export function withoutSecretsIn(error: unknown, secrets: readonly string[]): unknown {
  const clean = (text: string) => withoutSecrets(text, secrets);
  if (!(error instanceof Error)) return typeof error === 'string' ? clean(error) : error;
  const cause = withoutSecretsIn(error.cause, secrets);
  if (error instanceof UserError) {
    const { code, seen, needed, where, next, problems, exitCode } = error;
    return new UserError(code, clean(error.message), {
      ...(seen === undefined ? {} : { seen: clean(seen) }),
      ...(needed === undefined ? {} : { needed: clean(needed) }),
      ...(where === undefined ? {} : { where: clean(where) }),
      next: next.map(clean),
      problems: problems.map((problem) => ({
        ...problem,
        file: clean(problem.file),
        message: clean(problem.message),
        ...(problem.hint === undefined ? {} : { hint: clean(problem.hint) }),
      })),
      exitCode,
      cause,
    });
  }
  if (error instanceof ToolError)
    return new ToolError(error.tool, clean(error.commandLine), error.exitCode, clean(error.stderrTail), {
      cause,
    });
  // Others stay what they are as long as there is nothing to hide.
  const stack = clean(error.stack ?? '');
  if (stack === (error.stack ?? '') && clean(error.message) === error.message) return error;
  const plain = new Error(clean(error.message), { cause });
  plain.stack = stack;
  return plain;
}
