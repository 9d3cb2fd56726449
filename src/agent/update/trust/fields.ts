/** Fields of TUF's documents, beyond those of `release-format/value.ts`. */
import { FormatError, string } from '../../../release-format/value.ts';

/** A version or a threshold: at least 1. @throws {FormatError} */
export function positiveInteger(value: unknown, where: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw new FormatError(
      `${where} is ${(JSON.stringify(value) ?? 'missing').slice(0, 60)}, and should be a whole number, at least 1`,
    );
  }
  return value as number;
}

/**
 * A key or its id. Only in lower case: two ways to write one id would be two ids to other clients.
 * @param digits How many there must be.
 * @throws {FormatError}
 */
export function hexadecimal(value: unknown, digits: number, where: string): string {
  const text = string(value, where);
  if (text.length !== digits || !/^[0-9a-f]*$/.test(text)) {
    throw new FormatError(`${where} should have ${digits} lower-case hexadecimal digits`);
  }
  return text;
}
