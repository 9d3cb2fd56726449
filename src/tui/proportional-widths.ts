/** Dividing columns in proportion to sizes. */

/**
 * Divides `columns` in proportion to `sizes`. Nothing gets less than `least`; what that costs is taken from
 * the larger ones in proportion, and rounding goes to those who lose most by it. The widths add up to `columns`.
 * @returns Undefined when `columns` is too few to give everyone `least`, or there is nothing to divide among.
 */
export function proportionalWidths(
  sizes: readonly number[],
  columns: number,
  least: number,
): readonly number[] | undefined {
  if (sizes.length === 0 || columns < sizes.length * least) return undefined;
  const small = smallOnes(sizes, columns, least);
  const room = columns - small.size * least;
  const total = sizes.reduce((sum, size, index) => (small.has(index) ? sum : sum + size), 0);
  const exact = sizes.map((size, index) => (small.has(index) ? least : (size / total) * room));
  const widths = exact.map(Math.floor);
  const missing = columns - widths.reduce((sum, width) => sum + width, 0);
  const byRemainder = exact
    .map((width, index) => ({ index, remainder: width - Math.floor(width) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  const rounded = new Set(byRemainder.slice(0, missing).map(({ index }) => index));
  return widths.map((width, index) => width + (rounded.has(index) ? 1 : 0));
}

/** Those whose share would be under `least`: found in rounds, since each of them shrinks what the others share. */
function smallOnes(sizes: readonly number[], columns: number, least: number): ReadonlySet<number> {
  const small = new Set<number>();
  for (;;) {
    const room = columns - small.size * least;
    const total = sizes.reduce((sum, size, index) => (small.has(index) ? sum : sum + size), 0);
    const found = sizes.findIndex((size, index) => !small.has(index) && size * room < least * total);
    if (found === -1) return small;
    small.add(found);
  }
}
