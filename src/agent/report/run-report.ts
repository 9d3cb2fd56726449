/** What a run of the agent came to: for `status`, the login banner and the journal. */
import type { Problem } from '../../errors.ts';
import type { Host } from '../host.ts';

/** How a run ended. */
export type Outcome =
  /** The configuration is in force. */
  | 'applied'
  /** It was in force already, and nothing of the machine had to be changed. */
  | 'unchanged'
  /** There is none, and never was. */
  | 'none'
  /** The configuration that was found is not applied; the last good one stays in force. */
  | 'kept'
  /** As `kept`, and there is no good one: the machine is as its image says. */
  | 'refused';

export interface RunReport {
  readonly outcome: Outcome;
  /** ISO 8601; the clock of an early boot may be behind. */
  readonly at: string;
  readonly durationMs: number;
  /** Of the configuration that was found; undefined when none was. */
  readonly source?: string;
  readonly where?: string;
  /** Why the configuration is not in force. A line of 0: not about a line of it. */
  readonly problems: readonly Problem[];
  /** What was passed over, or did not go as it should. */
  readonly warnings: readonly Problem[];
}

/** In memory: it tells of this boot. */
const REPORT_FILE = '/run/basalt/agent/last-run.json';

/** @returns Undefined when the agent has not run in this boot. */
export function loadReport(host: Host): RunReport | undefined {
  const text = host.readText(REPORT_FILE);
  return text === undefined ? undefined : (JSON.parse(text) as RunReport);
}

/** @throws {HostError} */
export function saveReport(host: Host, report: RunReport): void {
  host.writeFile(REPORT_FILE, `${JSON.stringify(report)}\n`, { mode: 0o600, flush: false });
}

/** Something that is wrong, and has no line. */
export function generalProblem(file: string, message: string, hint?: string): Problem {
  return { file, line: 0, column: 0, message, ...(hint === undefined ? {} : { hint }) };
}

/** `file:line:column: message: hint`, as compilers print it. */
export function problemText({ file, line, column, message, hint }: Problem): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place === '' ? '' : `${place}: `}${message}${hint === undefined ? '' : `; ${hint}`}`;
}
