/** What every answer of `readUserData` must be, whatever the text was. */
import type { UserData } from '../../src/cloud-config/user-data.ts';
import type { Problem } from '../../src/errors.ts';

const KINDS = ['cloud-config', 'script', 'invalid', 'empty'];

/** @throws Error that says what is wrong with the answer. */
export function checkAnswer(text: string, data: UserData): void {
  const demand = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${what}: ${JSON.stringify(data).slice(0, 500)}`);
  };
  demand(KINDS.includes(data.kind), 'no known kind');
  if (data.kind === 'invalid') demand(data.problems.length > 0, 'refused without a reason');
  const lines = text.split('\n').length;
  for (const problem of 'problems' in data ? data.problems : [])
    demand(isProblem(problem, lines), 'not a problem');
  for (const warning of 'warnings' in data ? data.warnings : [])
    demand(isProblem(warning, lines), 'not a warning');
  if (data.kind === 'cloud-config') {
    for (const { path, mode } of data.config.files) {
      demand(
        /^\/(etc|var|run|tmp|home|root|srv|opt|mnt|usr\/local)\/./.test(path),
        'a path that cannot be written',
      );
      demand(!path.split('/').includes('..') && mode >= 0 && mode <= 0o7777, 'a path or mode that is none');
    }
    for (const { name } of data.config.units) demand(/^[^/]+\.[a-z]+$/.test(name), 'no name of a unit');
  }
}

/** At a place that is there, short enough to be read. */
function isProblem({ file, line, column, message, hint }: Problem, lines: number): boolean {
  return (
    file === 'x' &&
    line >= 1 &&
    line <= lines &&
    column >= 1 &&
    message.length > 0 &&
    message.length < 1000 &&
    (hint === undefined || (hint.length > 0 && hint.length < 6000))
  );
}
