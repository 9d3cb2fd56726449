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

/** A page that is written piece by piece. */
export interface OpenPage extends Page {
  write(lines: readonly string[]): void;
}

/** Opens a page on stdout, for people. The progress view is closed first, so that the lines stand below it. */
export async function openPage({ reporter }: Session): Promise<OpenPage> {
  await reporter.close();
  const out = createLineWriter(process.stdout);
  return {
    paint: createPaint(wantsColor(process.stdout, process.env)),
    columns: Math.min(process.stdout.columns || 80, MOST_COLUMNS),
    write(lines) {
      for (const line of lines) out.write(line);
    },
  };
}

/**
 * Prints a result on stdout. With `--json` it is one line, `{"type":"result","command":…,"result":…}`, among the
 * events; docs/reference/json.md has the shape of each command's `result`.
 */
export async function showResult<T>(
  session: Session,
  command: string,
  result: T,
  linesOf: (result: T, page: Page) => readonly string[],
): Promise<void> {
  if (session.json) {
    const out = createLineWriter(process.stdout);
    out.write(JSON.stringify({ time: new Date().toISOString(), type: 'result', command, result }));
    return out.close();
  }
  const page = await openPage(session);
  page.write(linesOf(result, page));
}
