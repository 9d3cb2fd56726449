/** Where ink writes its frames: it takes them apart into lines, and passes them on. */
import { PassThrough } from 'node:stream';
import type { ScreenSize } from './installer-view.tsx';
import type { CursorPlace } from './screen-writer.ts';

/** A stream that ink takes for a terminal. */
export class FrameStream extends PassThrough {
  columns = 80;
  rows = 24;
  private cursor: CursorPlace | undefined;

  constructor(private readonly onFrame: (lines: readonly string[], cursor: CursorPlace | undefined) => void) {
    super();
  }

  /** For the next frame. */
  prepare({ columns, rows }: ScreenSize, cursor: CursorPlace | undefined): void {
    this.columns = columns;
    this.rows = rows;
    this.cursor = cursor;
  }

  override write(frame: unknown): boolean {
    this.onFrame(
      String(frame)
        .split('\n')
        .slice(0, this.rows)
        .map((line) => line.trimEnd()),
      this.cursor,
    );
    return true;
  }
}
