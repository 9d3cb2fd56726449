/** What a disk may hold of a log after a power cut: the windows between flushes, and what may be left of each. */
import type { Random } from './random.ts';
import type { LogEntry } from './write-log.ts';

/** Writes that no flush lies between, and the flush that ends them: any of them may be lost until then. */
export interface Window {
  readonly index: number;
  readonly writes: readonly LogEntry[];
  /** Where it begins in the log. */
  readonly beginsAt: number;
  /** Where its flush ends in the log; where the log ends, for the last window without one. */
  readonly endsAt: number;
}

/** Flushes with nothing between them are one. */
export function windowsOf(entries: readonly LogEntry[]): Window[] {
  const windows: Window[] = [];
  let writes: LogEntry[] = [];
  let beginsAt = 0;
  const close = (endsAt: number): void => {
    if (writes.length > 0) windows.push({ index: windows.length, writes, beginsAt, endsAt });
    writes = [];
    beginsAt = endsAt;
  };
  for (const entry of entries) {
    if (entry.kind === 'flush') close(entry.endsAt);
    // Nobody may rely on what a discard leaves: here, what was there.
    else if (entry.kind === 'write') writes.push(entry);
  }
  close(entries.at(-1)?.endsAt ?? 0);
  return windows;
}

/** Some bytes of a write. */
export interface Piece {
  readonly entry: LogEntry;
  /** From the write's beginning, in bytes. */
  readonly from: number;
  readonly to: number;
}

/** What of a window reached the disk. */
export interface Remains {
  /** In words: what was done to the window. */
  readonly how: string;
  readonly pieces: readonly Piece[];
}

/** Disks write a sector whole or not at all. */
const SECTOR = 512;
/** A larger write is torn at this many places. */
const MOST_TEARS = 16;

/**
 * What may be left of a window: seeded, so that a number repeats it.
 * @param count How many there are to be.
 */
export function remainsOf({ writes }: Window, random: Random, count: number): Remains[] {
  const ways: readonly (() => Remains)[] = [
    () => ({ how: 'half of the writes', pieces: chosen(writes, random, 0.5, false) }),
    () => ({ how: 'sectors of half of the writes', pieces: chosen(writes, random, 0.5, true) }),
    () => ({ how: 'the last write alone', pieces: writes.slice(-1).map(whole) }),
    () => {
      const lost = random.below(writes.length);
      return { how: 'all writes but one', pieces: writes.filter((_, index) => index !== lost).map(whole) };
    },
    () => {
      const share = random.next();
      return {
        how: `sectors of ${Math.round(share * 100)} % of the writes`,
        pieces: chosen(writes, random, share, true),
      };
    },
  ];
  return Array.from({ length: count }, (_, index) =>
    (ways[Math.min(index, ways.length - 1)] as () => Remains)(),
  );
}

function whole(entry: LogEntry): Piece {
  return { entry, from: 0, to: entry.length };
}

function chosen(writes: readonly LogEntry[], random: Random, share: number, torn: boolean): Piece[] {
  return writes
    .filter(() => random.chance(share))
    .flatMap((entry) => (torn ? tear(entry, random) : [whole(entry)]));
}

/** Keeps some of the sectors of a write. */
function tear(entry: LogEntry, random: Random): Piece[] {
  const sectors = entry.length / SECTOR;
  const cuts =
    sectors <= MOST_TEARS
      ? Array.from({ length: sectors + 1 }, (_, index) => index)
      : [0, ...Array.from({ length: MOST_TEARS - 1 }, () => random.below(sectors)), sectors].sort(
          (a, b) => a - b,
        );
  return cuts.slice(1).flatMap((to, index): Piece[] => {
    const from = cuts[index] ?? 0;
    return to > from && random.chance(0.5) ? [{ entry, from: from * SECTOR, to: to * SECTOR }] : [];
  });
}
