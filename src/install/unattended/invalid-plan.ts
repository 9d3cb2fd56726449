/** A plan that cannot be understood: nothing of it is carried out. */
import { exitCodes, type Problem, UserError } from '../../errors.ts';

/** @param what Where the plan is from. */
export function invalidPlan(what: string, problems: readonly Problem[]): UserError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new UserError('answers-invalid', `${what} has ${count}: nothing was written`, {
    problems,
    exitCode: exitCodes.invalidInput,
  });
}
