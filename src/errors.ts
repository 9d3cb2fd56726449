/**
 * The three kinds of failure Basalt knows, and the exit codes they end with. One place renders them:
 * `cli/failure.ts`.
 */

/** Exit codes of every command. Documented in docs/reference/exit-codes.md. */
export const exitCodes = {
  ok: 0,
  /** What was asked is not true, or could not be done: the message says why. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** A recipe, cloud-config or other input file has problems. */
  invalidInput: 3,
  /** An external tool failed. */
  toolFailed: 4,
  /** A defect in Basalt. */
  bug: 70,
  /** Ended by Ctrl-C (128 + SIGINT). */
  interrupted: 130,
} as const;

/** One problem in an input file, at the place a person would fix it. */
export interface Problem {
  /** File as the user named it. */
  readonly file: string;
  /** 1-based; 0 when the problem has no line, such as a missing file. */
  readonly line: number;
  /** 1-based column. */
  readonly column: number;
  /** What was seen there, and why it is wrong. */
  readonly message: string;
  /** What is allowed, or what to write instead. */
  readonly hint?: string;
}

/** What a {@link UserError} tells besides its summary. */
export interface UserErrorDetails {
  /** What was found. */
  readonly seen?: string;
  /** What was needed. */
  readonly needed?: string;
  /** Where: a file:line:column, a URL, a device, a command. */
  readonly where?: string;
  /** What to do next: one step each. */
  readonly next?: readonly string[];
  /** All the problems of an input file, together. */
  readonly problems?: readonly Problem[];
  readonly exitCode?: number;
  readonly cause?: unknown;
}

/** Something the person at the keyboard can mend: says what was seen, what was needed, where, and what to do next. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly seen: string | undefined;
  readonly needed: string | undefined;
  readonly where: string | undefined;
  readonly next: readonly string[];
  readonly problems: readonly Problem[];
  readonly exitCode: number;

  /**
   * @param code Stable identifier for scripts, such as `recipe-invalid`.
   * @param summary One sentence, without a full stop.
   */
  constructor(
    readonly code: string,
    summary: string,
    details: UserErrorDetails = {},
  ) {
    super(summary, details.cause === undefined ? undefined : { cause: details.cause });
    this.seen = details.seen;
    this.needed = details.needed;
    this.where = details.where;
    this.next = details.next ?? [];
    this.problems = details.problems ?? [];
    this.exitCode =
      details.exitCode ?? (this.problems.length > 0 ? exitCodes.invalidInput : exitCodes.failed);
  }
}

/** An external program failed: carries what is needed to repeat and understand it. */
export class ToolError extends Error {
  override readonly name = 'ToolError';

  /**
   * @param tool The program's name, such as `mksquashfs`.
   * @param commandLine The whole command, quoted so that it can be pasted into a shell.
   * @param exitCode Undefined when a signal ended it.
   * @param stderrTail The last lines it wrote to stderr.
   */
  constructor(
    readonly tool: string,
    readonly commandLine: string,
    readonly exitCode: number | undefined,
    readonly stderrTail: string,
    options: { cause?: unknown; signal?: string } = {},
  ) {
    const how =
      exitCode === undefined
        ? `was ended by ${options.signal ?? 'a signal'}`
        : `failed with exit code ${exitCode}`;
    super(`${tool} ${how}`, options.cause === undefined ? undefined : { cause: options.cause });
  }
}

/** A defect in Basalt itself: something believed impossible happened. */
export class BugError extends Error {
  override readonly name = 'BugError';
}

/** The run was interrupted on purpose (Ctrl-C, or a sibling stage failed). Never shown as a failure of its own. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  /** @param left What is there all the same, such as things in a cloud; nothing when absent. */
  constructor(
    message = 'interrupted',
    readonly left?: string,
  ) {
    super(message);
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
