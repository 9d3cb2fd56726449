/** The one place that renders what went wrong: for people, as an event, and as an exit code. */
import { exitCodes, InterruptedError, messageOf, type Problem, ToolError, UserError } from '../errors.ts';
import type { ReportEvent } from '../report/events.ts';
import { createPaint, type Paint } from '../report/paint.ts';
import { printable } from '../report/printable.ts';
import { asUserError } from './system-error.ts';
import { hanging } from './wrap-text.ts';

/** How to render a failure. */
export interface FailureOptions {
  /** Show all that a tool said, causes, and stacks. */
  readonly verbose: boolean;
  readonly color: boolean;
  /** Width to wrap prose to; 80 when absent. Paths and command lines stay whole. */
  readonly columns?: number;
}

/** As many of a tool's last lines as fit a small terminal beside the rest. */
const TOOL_LINES = 12;

/** Steps and fields start below each other here. */
const INDENT = '  ';

/** The exit code that an error ends the process with: docs/reference/exit-codes.md. */
export function exitCodeOf(error: unknown): number {
  const known = asUserError(error) ?? error;
  if (known instanceof UserError) return known.exitCode;
  if (known instanceof ToolError) return exitCodes.toolFailed;
  if (known instanceof InterruptedError) return exitCodes.interrupted;
  return exitCodes.bug;
}

/** The event that tells machines of an error. */
export function failureEvent(error: unknown): Extract<ReportEvent, { type: 'failure' }> {
  const known = asUserError(error) ?? error;
  const event = { type: 'failure', next: [], problems: [] } as const;
  if (known instanceof UserError) {
    return {
      ...event,
      code: known.code,
      summary: known.message,
      ...(known.seen !== undefined && { seen: known.seen }),
      ...(known.needed !== undefined && { needed: known.needed }),
      ...(known.where !== undefined && { where: known.where }),
      next: known.next,
      problems: known.problems,
    };
  }
  if (known instanceof ToolError) {
    return {
      ...event,
      code: 'tool-failed',
      summary: known.message,
      seen: known.stderrTail,
      where: known.commandLine,
    };
  }
  if (known instanceof InterruptedError) {
    const left = known.left === undefined ? {} : { seen: known.left };
    return { ...event, code: 'interrupted', summary: known.message, ...left };
  }
  return { ...event, code: 'bug', summary: messageOf(known), seen: stackOf(known) };
}

/**
 * Renders an error for a person, as lines without a final line break. Nothing in it depends on colour.
 * @param error Anything that was thrown.
 */
export function renderFailure(error: unknown, options: FailureOptions): string {
  const paint = createPaint(options.color);
  const columns = options.columns ?? 80;
  const known = asUserError(error) ?? error;
  return linesOf(known, { ...options, paint, columns }).join('\n');
}

interface Page {
  readonly paint: Paint;
  readonly columns: number;
  readonly verbose: boolean;
}

function linesOf(error: unknown, page: Page): readonly string[] {
  if (error instanceof UserError) return [...userLines(error, page), ...causeLines(error, page)];
  if (error instanceof ToolError) return [...toolLines(error, page), ...causeLines(error, page)];
  if (error instanceof InterruptedError)
    return [`${error.message}; ${printable(error.left ?? 'nothing was left behind')}`];
  return bugLines(error, page);
}

function userLines(error: UserError, page: Page): readonly string[] {
  const fields = [
    ['seen', error.seen],
    ['needed', error.needed],
    ['where', error.where],
  ].flatMap(([name = '', value]) => (value === undefined ? [] : fieldLines(name, value, page)));
  return [
    ...headline('error', error.message, page),
    ...section(fields),
    ...section(error.problems.flatMap((problem) => problemLines(problem, page))),
    ...section(nextLines(error.next, page)),
  ];
}

function toolLines(error: ToolError, page: Page): readonly string[] {
  const said = error.stderrTail
    .split('\n')
    .map(printable)
    .filter((line) => line !== '');
  const shown = page.verbose ? said : said.slice(-TOOL_LINES);
  const title = shown.length < said.length ? `the last ${shown.length} lines it wrote` : 'what it wrote';
  const spoken =
    shown.length === 0
      ? [`${INDENT}it wrote nothing to stderr`]
      : [`${INDENT}${title}`, ...shown.map((line) => `${INDENT}${INDENT}${line}`)];
  return [
    ...headline('error', error.message, page),
    ...section(spoken),
    // Not wrapped: it is there to be pasted.
    ...section([`${INDENT}the command`, `${INDENT}${INDENT}${page.paint('accent', error.commandLine)}`]),
  ];
}

function bugLines(error: unknown, page: Page): readonly string[] {
  const advice =
    'This is a defect in Basalt, not in what you asked for. Please report it together with the lines below and the command you ran.';
  const stack = stackOf(error)
    .split('\n')
    .map((line) => INDENT + INDENT + printable(line));
  return [
    ...headline('defect', messageOf(error), page),
    ...section(hanging(INDENT, advice, page.columns)),
    ...section(stack.map((line) => page.paint('quiet', line))),
    ...causeLines(error, { ...page, verbose: true }),
  ];
}

function headline(label: string, message: string, { paint, columns }: Page): readonly string[] {
  const [first = '', ...rest] = hanging(`${label}: `, printable(message), columns);
  return [paint('bad', `${label}:`) + paint('strong', first.slice(label.length + 1)), ...rest];
}

/** A field of several lines keeps them, below one another. */
function fieldLines(name: string, value: string, { paint, columns }: Page): readonly string[] {
  const label = `${INDENT}${name.padEnd('needed'.length)}${INDENT}`;
  const indent = ' '.repeat(label.length);
  const parts = value.split('\n').filter((line, index) => index === 0 || line.trim() !== '');
  return parts.flatMap((part, index) => {
    const [first = '', ...rest] = hanging(index === 0 ? label : indent, printable(part), columns);
    return [paint('quiet', index === 0 ? label : indent) + first.slice(label.length), ...rest];
  });
}

/** `file:line:column: message`, as compilers print it, so that editors can jump there. */
function problemLines(
  { file, line, column, message, hint }: Problem,
  { paint, columns }: Page,
): readonly string[] {
  const place = printable(line === 0 ? `${file}:` : `${file}:${line}:${column}:`);
  const indent = INDENT + INDENT;
  const whole = `${INDENT}${place} ${printable(message)}`;
  const below = hanging(indent, printable(message), columns);
  return [
    ...([...whole].length <= columns
      ? [`${INDENT}${paint('strong', place)} ${printable(message)}`]
      : [`${INDENT}${paint('strong', place)}`, ...below]),
    ...(hint === undefined
      ? []
      : hanging(`${indent}hint: `, printable(hint), columns).map((text) => paint('quiet', text))),
  ];
}

function nextLines(next: readonly string[], { columns }: Page): readonly string[] {
  if (next.length === 0) return [];
  return [
    `${INDENT}next`,
    ...next.flatMap((step) => hanging(`${INDENT}${INDENT}- `, printable(step), columns)),
  ];
}

function causeLines(error: unknown, { verbose, paint }: Page): readonly string[] {
  if (!verbose || !(error instanceof Error) || error.cause === undefined) return [];
  const lines = stackOf(error.cause)
    .split('\n')
    .map((line) => INDENT + INDENT + printable(line));
  return section([`${INDENT}caused by`, ...lines.map((line) => paint('quiet', line))]);
}

/** Lines set off by an empty one; nothing when there are none. */
function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}
