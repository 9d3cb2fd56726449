/** What the commands of `release` have in common. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { exitCodes, UserError } from '../errors.ts';
import type { ReleaseContext } from '../release/context.ts';
import type { CommonOptions, Session } from './session.ts';
import { workshopOf } from './workshop.ts';

/** Options of every command of `release` that signs. */
export interface ReleaseOptions extends CommonOptions {
  readonly keys?: readonly string[];
}

/** Adds `--keys`. */
export function withKeys(command: Command): Command {
  // Without a default value, so that leaving it out is a mistake.
  return command.addOption(
    new Option('--keys <dir>', 'folder with keys, may be repeated')
      .argParser((value: string, previous: readonly string[] = []) => [...previous, value])
      .makeOptionMandatory(),
  );
}

/** The context of work on a repository. */
export function releaseContext(
  session: Session,
  repository: string,
  options: ReleaseOptions,
): ReleaseContext {
  const keys = options.keys ?? [];
  return {
    repository: resolve(repository),
    keys: keys.map((folder) => resolve(folder)),
    workshop: workshopOf(session),
    now: () => new Date(),
    onMessage: (level, text) => session.reporter.emit({ type: 'message', level, text }),
  };
}

/** A whole number within limits. @throws {UserError} */
export function numberOf(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw invalidOption(option, text, `a number from ${least} to ${most}`);
}

export function invalidOption(option: string, seen: string, needed: string): UserError {
  return new UserError('option-invalid', `${option} cannot be used`, {
    exitCode: exitCodes.usage,
    seen,
    needed,
  });
}
