/** Reading JSON that somebody else wrote: what is missing or of another type is undefined, never a crash. */

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** An object; undefined when the value is something else. */
export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** Goes down a path of keys. */
function valueAt(body: Json, ...path: readonly string[]): unknown {
  let value: unknown = body;
  for (const key of path) value = asObject(value)?.[key];
  return value;
}

/** Text that is not empty. */
export function textOf(body: Json, ...path: readonly string[]): string | undefined {
  const value = valueAt(body, ...path);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' ? undefined : text;
}

export function numberOf(body: Json, ...path: readonly string[]): number | undefined {
  const value = valueAt(body, ...path);
  return typeof value === 'number' ? value : undefined;
}

export function flagOf(body: Json, ...path: readonly string[]): boolean | undefined {
  const value = valueAt(body, ...path);
  return typeof value === 'boolean' ? value : undefined;
}

export function objectOf(body: Json, ...path: readonly string[]): Json | undefined {
  return asObject(valueAt(body, ...path));
}

/** The objects of an array; what is no object is left out. */
export function listOf(body: Json, ...path: readonly string[]): readonly Json[] {
  const value = valueAt(body, ...path);
  return Array.isArray(value) ? value.map(asObject).filter((each) => each !== undefined) : [];
}

/** The texts of an array. */
export function textsOf(body: Json, ...path: readonly string[]): readonly string[] {
  const value = valueAt(body, ...path);
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The path in a reference, `{"@odata.id": "/redfish/v1/…"}`. */
export function linkOf(body: Json, ...path: readonly string[]): string | undefined {
  return textOf(body, ...path, '@odata.id');
}
