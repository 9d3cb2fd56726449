/** Prints what a command was asked for: as lines for people, or as one JSON line. */
import { createLineWriter } from '../report/lines.ts';
import { createPaint, type Paint, wantsColor } from '../report/paint.ts';
import type { Session } from './session.ts';

/** How lines for people may look. */
export interface Page {
  readonly paint: Paint;
  readonly columns: number;
}

/** Prose wider than this is hard to read, however wide the terminal is. */
const MOST_COLUMNS = 100;

/**
 * Prints a result on stdout. With `--json` it is one line, `{"type":"result","command":…,"result":…}`, among the
 * events; docs/reference/json.md has the shape of each command's `result`. Otherwise the progress view is closed
 * first, so that the lines stand below it.
 */
export async function showResult<T>(
  session: Session,
  command: string,
  result: T,
  linesOf: (result: T, page: Page) => readonly string[],
): Promise<void> {
  const out = createLineWriter(process.stdout);
  if (session.json) {
    out.write(JSON.stringify({ time: new Date().toISOString(), type: 'result', command, result }));
  } else {
    await session.reporter.close();
    const paint = createPaint(wantsColor(process.stdout, process.env));
    const columns = Math.min(process.stdout.columns || 80, MOST_COLUMNS);
    for (const line of linesOf(result, { paint, columns })) out.write(line);
  }
  await out.close();
}
