/** A disk drawn as a bar of partitions, as lines of text. */
import { formatSize } from '../units.ts';
import { left, right } from './cells.ts';
import { proportionalWidths } from './proportional-widths.ts';

/** A partition as the bar needs it. */
export interface BarPartition {
  /** What to call it: its label, or its type's name. */
  readonly label: string;
  readonly firstByte: number;
  readonly sizeBytes: number;
  /** How much of it holds data; undefined when that is not known. */
  readonly usedBytes?: number;
}

/** What to draw, and where partitions may be. */
export interface PartitionBar {
  readonly partitions: readonly BarPartition[];
  readonly firstUsableByte: number;
  /** The byte after the last usable one. */
  readonly usableEndByte: number;
  /** Width of the drawing; 80 when absent. */
  readonly columns?: number;
}

interface Segment {
  readonly label: string;
  readonly sizeBytes: number;
  readonly usedBytes: number | undefined;
  readonly free: boolean;
}

/** Gaps below this are alignment, not space. */
const LEAST_FREE_BYTES = 2 * 1024 * 1024;

/** Room for a number and a space, so that even a small partition is seen. */
const LEAST_WIDTH = 3;

const MOST_LABEL_COLUMNS = 36;

/**
 * Draws partitions in the order they lie on the disk, as wide as they are large but never too narrow to see,
 * with the data in them filled in (█ data, ░ none, ▒ not known), free space empty, and a numbered line for each beneath.
 */
export function drawPartitionBar({ columns = 80, ...bar }: PartitionBar): readonly string[] {
  const segments = segmentsOf(bar);
  const widths = proportionalWidths(
    segments.map(({ sizeBytes }) => sizeBytes),
    columns - segments.length - 1,
    LEAST_WIDTH,
  );
  const legend = legendOf(segments, columns);
  // Too many partitions for this width: the numbers beneath still tell it all.
  if (widths === undefined) return legend;
  const numbers = widths.map((width, index) =>
    centred(segments[index]?.free ? '' : numberOf(segments, index), width),
  );
  const fills = widths.map((width, index) => fill(segments[index], width));
  const floor = widths.map((width) => '─'.repeat(width));
  return [`┌${numbers.join('┬')}┐`, `│${fills.join('│')}│`, `└${floor.join('┴')}┘`, ...legend];
}

/** Partitions in the order of the disk, and the free space between and after them. */
function segmentsOf(bar: Omit<PartitionBar, 'columns'>): readonly Segment[] {
  const sorted = [...bar.partitions].sort((a, b) => a.firstByte - b.firstByte);
  const segments: Segment[] = [];
  let at = bar.firstUsableByte;
  const addFree = (until: number) => {
    if (until - at < LEAST_FREE_BYTES) return;
    segments.push({ label: 'free', sizeBytes: until - at, usedBytes: 0, free: true });
  };
  for (const { label, firstByte, sizeBytes, usedBytes } of sorted) {
    addFree(firstByte);
    segments.push({ label, sizeBytes, usedBytes, free: false });
    at = firstByte + sizeBytes;
  }
  addFree(bar.usableEndByte);
  return segments;
}

function numberOf(segments: readonly Segment[], index: number): string {
  return String(segments.slice(0, index + 1).filter(({ free }) => !free).length);
}

function centred(text: string, width: number): string {
  const before = Math.floor((width - text.length) / 2);
  return '─'.repeat(before) + text + '─'.repeat(width - text.length - before);
}

function fill(segment: Segment | undefined, width: number): string {
  if (segment === undefined || segment.free) return ' '.repeat(width);
  const { usedBytes, sizeBytes } = segment;
  if (usedBytes === undefined) return '▒'.repeat(width);
  // Any data at all shows, and only a full partition looks full.
  const exact = Math.round((usedBytes / sizeBytes) * width);
  const done = usedBytes >= sizeBytes ? width : Math.min(Math.max(exact, usedBytes > 0 ? 1 : 0), width - 1);
  return '█'.repeat(done) + '░'.repeat(width - done);
}

function legendOf(segments: readonly Segment[], columns: number): readonly string[] {
  const longest = Math.max(0, ...segments.map(({ label }) => [...label].length));
  const labelWidth = Math.min(longest, MOST_LABEL_COLUMNS, Math.max(columns - 35, 8));
  return segments.map((segment, index) => {
    const number = right(segment.free ? '' : numberOf(segments, index), 3);
    const size = right(formatSize(segment.sizeBytes), 12);
    const used =
      segment.free || segment.usedBytes === undefined
        ? ''
        : `${right(formatSize(segment.usedBytes), 12)} used`;
    return `${number} ${left(segment.label, labelWidth)}${size}${used}`.trimEnd();
  });
}
