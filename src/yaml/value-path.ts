/** The way to a value inside of plain data. */

/** Keys and list indexes from the root. */
export type ValuePath = readonly PropertyKey[];

/** A value somewhere in plain data. */
export interface Item {
  readonly path: ValuePath;
  readonly value: unknown;
}

/** The value at `path`; undefined when there is none. */
export function valueAt(value: unknown, path: ValuePath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[step];
  }
  return current;
}

/** The items of the list at `path`, and `inside` each of them when given; none when there is no list. */
function itemsAt(value: unknown, path: ValuePath, inside: ValuePath = []): readonly Item[] {
  const list = valueAt(value, path);
  if (!Array.isArray(list)) return [];
  return list.map((item, index) => ({ path: [...path, index, ...inside], value: valueAt(item, inside) }));
}

/** Those of the items that are text, with it. */
export function textsAt(
  value: unknown,
  path: ValuePath,
  inside: ValuePath = [],
): readonly { path: ValuePath; value: string }[] {
  return itemsAt(value, path, inside).flatMap((item) =>
    typeof item.value === 'string' ? [{ path: item.path, value: item.value }] : [],
  );
}

/** Prints a path as people write it: `files[2].mode`. The empty path is `the NOUN`. */
export function pathText(path: ValuePath, noun = 'document'): string {
  if (path.length === 0) return `the ${noun}`;
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${shorten(String(step))}`,
    )
    .join('');
}

/** Long or many-lined text, cut so that a message stays one line. */
export function shorten(text: string, length = 60): string {
  // No more than could be shown is looked at: texts may be megabytes.
  const single = JSON.stringify(text.slice(0, length + 1))
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll('\\\\', '\\');
  return single.length > length ? `${single.slice(0, length - 3)}...` : single;
}
