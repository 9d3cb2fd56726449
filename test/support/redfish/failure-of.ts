/** The failure that is expected. */
import { UserError } from '../../../src/errors.ts';

/** Waits for a {@link UserError}; everything else, success too, fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<UserError> {
  let value: unknown;
  try {
    value = await work;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`it succeeded: ${JSON.stringify(value)}`);
}
