/** Text tables for the terminal, and the few statistics they show. */

export type Cell = string | number;

/** Renders rows under a heading; the first column to the left, the others to the right. */
export function renderTable(heading: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const all = [heading, ...rows.map((row) => row.map(String))];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return `${[line(heading), widths.map((width) => '─'.repeat(width)).join('  '), ...all.slice(1).map(line)].join('\n')}\n`;
}

/** The median; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle)
    ? ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
    : (sorted[Math.floor(middle)] ?? Number.NaN);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
