/** Writes frames to a terminal, and of each only what is new: a serial line at 115200 baud takes 170 ms for a whole screen. */

/** Where the cursor is seen; both count from 0. */
export interface CursorPlace {
  readonly row: number;
  readonly column: number;
}

/** A picture of the whole screen. */
export interface ScreenFrame {
  /** At most as many as the terminal has; painted ones contain their escape codes. */
  readonly lines: readonly string[];
  /** Hidden when left out. */
  readonly cursor?: CursorPlace | undefined;
}

const ESC = '\u001b[';
// Sequences of the VT100, which every terminal since has: CUP, EL, ED; DECTCEM is the VT220's, and passed over elsewhere.
const CLEAR = `${ESC}H${ESC}2J`;
const TO_LINE_END = `${ESC}K`;
const SHOW = `${ESC}?25h`;
const HIDE = `${ESC}?25l`;

/** What leads from what is on the screen to the next frame. */
export class ScreenWriter {
  private lines: readonly string[] | undefined;
  private cursor: string | undefined;

  /** Forgets what is on the screen: the next frame is drawn whole. */
  reset(): void {
    this.lines = undefined;
    this.cursor = undefined;
  }

  /** The text to write; empty when nothing changed. */
  next({ lines, cursor }: ScreenFrame): string {
    const before = this.lines ?? [];
    let text = this.lines === undefined ? HIDE + CLEAR : '';
    for (let row = 0; row < Math.max(lines.length, before.length); row++) {
      const line = lines[row] ?? '';
      if (line !== (before[row] ?? '')) text += change(row, before[row] ?? '', line);
    }
    const place = cursor === undefined ? HIDE : `${ESC}${cursor.row + 1};${cursor.column + 1}H${SHOW}`;
    // Writing moves the cursor, so that it has to go back.
    if (place !== this.cursor || (text !== '' && cursor !== undefined)) text += place;
    this.lines = lines;
    this.cursor = place;
    return text;
  }
}

/** Leaves the beginning that two lines share; those with escape codes are written whole. */
function change(row: number, before: string, line: string): string {
  if (line === '') return `${ESC}${row + 1};1H${TO_LINE_END}`;
  let same = 0;
  const limit = /[^ -~]/.test(before + line) ? 0 : Math.min(before.length, line.length);
  while (same < limit && before[same] === line[same]) same++;
  const rest = line.slice(same);
  return `${ESC}${row + 1};${same + 1}H${rest}${before.length > line.length || limit === 0 ? TO_LINE_END : ''}`;
}

/** What a program leaves behind: the cursor seen, below what it drew. */
export function lastWords(lines: number): string {
  return `${ESC}${lines + 1};1H${SHOW}`;
}
