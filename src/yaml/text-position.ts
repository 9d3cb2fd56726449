/** Offsets in a text as lines and columns. */

/** A place in a text; both count from 1, columns in UTF-16 units, as editors do. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/**
 * Makes a function from offsets to places; offsets past the end give the end. The yaml library's own
 * LineCounter misses line breaks after some syntax errors, and then tells columns that do not exist.
 */
export function positionsIn(text: string, starts = lineStarts(text)): (offset: number) => TextPosition {
  return (offset) => {
    const within = Math.min(Math.max(offset, 0), text.length);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= within) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: within - (starts[low] ?? 0) + 1 };
  };
}

/** Offsets at which the lines of a text begin. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
