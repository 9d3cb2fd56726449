/** What a screen shows, before it is drawn. */
import type { Look } from '../look.ts';
import type { Row } from './row.ts';

/** The room for a screen's rows. */
export interface Page {
  readonly columns: number;
  readonly rows: number;
  readonly look: Look;
}

/** A key and what it does here: `Enter`, `choose`. */
export type KeyHint = readonly [key: string, does: string];

export interface View {
  readonly title: string;
  readonly rows: readonly Row[];
  /** The row that must be seen when there are more than fit. */
  readonly focus?: number | undefined;
  /** Of the text cursor. */
  readonly cursor?: { readonly row: number; readonly column: number } | undefined;
  /** What is told of the selected row; stays in sight at the foot when the rows above are too many. */
  readonly below?: readonly Row[] | undefined;
  readonly keys: readonly KeyHint[];
}

/** Rows of a list, the selected one with a pointer and strong. */
export function pointed(rows: readonly Row[], selected: number, { glyphs }: Look): readonly Row[] {
  return rows.map((spans, index) => [
    { text: index === selected ? `${glyphs.pointer} ` : '  ', tone: 'accent' as const },
    ...spans.map(({ text, tone }) => ({ text, tone: index === selected ? ('strong' as const) : tone })),
  ]);
}

/** Part of a list that is longer than its room, with the selected row in it. */
export function windowOf<Item>(
  items: readonly Item[],
  selected: number,
  room: number,
): { readonly from: number; readonly shown: readonly Item[] } {
  if (items.length <= room) return { from: 0, shown: items };
  const from = Math.min(Math.max(selected - Math.floor(room / 2), 0), items.length - room);
  return { from, shown: items.slice(from, from + room) };
}

/** The selected row after a key, or undefined when the key does not move. */
export function moved(key: string, selected: number, count: number, page = 10): number | undefined {
  const by: Readonly<Record<string, number>> = {
    up: -1,
    down: 1,
    'page-up': -page,
    'page-down': page,
    home: -count,
    end: count,
    tab: 1,
    'back-tab': -1,
  };
  const step = by[key];
  return step === undefined ? undefined : Math.min(Math.max(selected + step, 0), Math.max(count - 1, 0));
}

/**
 * The selected row of a list that ends with the way on, where lines come and go above it.
 * @param selected Counted from behind, -1 for the last; 0 as long as nobody moved, which is the last too.
 */
export function fromEnd(selected: number, count: number): number {
  return Math.max(selected === 0 ? count - 1 : count + selected, 0);
}
