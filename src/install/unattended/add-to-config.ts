/** A host name and ssh keys of an answers file, put into its cloud-config. */
import { exitCodes, UserError } from '../../errors.ts';
import { noAnswers } from '../configuration/answers.ts';
import { makeCloudConfig } from '../configuration/make-cloud-config.ts';
import type { CheckedConfig } from './config.ts';
import type { UnattendedPlan } from './plan.ts';

/**
 * @returns The whole cloud-config; undefined when there is nothing to configure.
 * @throws {UserError} when the two contradict each other.
 */
export function addToConfig(
  config: CheckedConfig | undefined,
  { hostname, sshKeys }: UnattendedPlan['added'],
): string | undefined {
  if (hostname === undefined && sshKeys.length === 0) return config?.text;
  const role =
    config === undefined ? undefined : ({ kind: 'text', where: config.file, text: config.text } as const);
  const made = makeCloudConfig({ ...noAnswers, hostname, sshKeys, role }, []);
  if (made.kind === 'made') return made.text;
  throw new UserError('answers-contradict', 'the answers and the configuration cannot be put together', {
    problems: made.problems.map(({ message, hint }) => ({
      file: config?.file ?? 'answers',
      line: 0,
      column: 0,
      message,
      hint,
    })),
    exitCode: exitCodes.invalidInput,
  });
}
