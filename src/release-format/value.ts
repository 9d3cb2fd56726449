/** Reading JSON that comes from outside: each function gives what it names, or says what is there instead. */

/** A file of the repository is not what it should be. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/**
 * @param what The file's kind, for messages.
 * @param format The one format that is understood; a file of a newer one says so.
 * @throws {FormatError}
 */
export function parseJson(what: string, text: string, format: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FormatError(`the ${what} file is not JSON`);
  }
  const fields = object(value, what);
  if (fields.format !== format) {
    throw new FormatError(
      `the ${what} file has format ${JSON.stringify(fields.format)}; this program knows format ${format}`,
    );
  }
  return fields;
}

/** @throws {FormatError} */
export function object(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(where, 'an object', value);
  return value as Readonly<Record<string, unknown>>;
}

/** @throws {FormatError} */
export function array(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(where, 'a list', value);
  return value;
}

/** @throws {FormatError} */
export function string(value: unknown, where: string): string {
  if (typeof value !== 'string') throw wrong(where, 'a text', value);
  return value;
}

/** Bytes. @throws {FormatError} */
export function size(value: unknown, where: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(where, 'a number of bytes', value);
  return value as number;
}

/** SHA-256, or a root hash. @throws {FormatError} */
export function digest(value: unknown, where: string): string {
  return matching(/^[0-9a-f]{64}$/, '64 hexadecimal digits', value, where);
}

/** Of an image, a channel, an architecture: it becomes part of a path. @throws {FormatError} */
export function name(value: unknown, where: string): string {
  return matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a name', value, where);
}

/** It becomes part of file names, and of a partition's label, which has 36 characters with `verity_`. @throws {FormatError} */
export function version(value: unknown, where: string): string {
  return matching(/^[A-Za-z0-9][A-Za-z0-9.~-]{0,28}$/, 'a version', value, where);
}

/** @throws {FormatError} */
export function optional<T>(
  read: (value: unknown, where: string) => T,
  value: unknown,
  where: string,
): T | undefined {
  return value === undefined ? undefined : read(value, where);
}

function matching(pattern: RegExp, what: string, value: unknown, where: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw wrong(where, what, value);
  return value;
}

function wrong(where: string, needed: string, value: unknown): FormatError {
  const text = JSON.stringify(value) ?? 'nothing';
  return new FormatError(
    `${where} is ${text.length > 60 ? `${text.slice(0, 60)}…` : text}, and should be ${needed}`,
  );
}
