/** The one place that starts a program: argument arrays, no shell, a minimal environment, stdin closed. */

import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { InterruptedError, ToolError, UserError } from '../errors.ts';
import { quoteCommand } from './quote.ts';

/** A command line: the program, then its arguments. */
export type Command = readonly [string, ...string[]];

export interface RunOptions {
  /** Aborting it ends the program: SIGTERM first, SIGKILL a second later. */
  readonly signal?: AbortSignal | undefined;
  /** Name for messages; by default the program's own. Useful when the program is a sandbox wrapper. */
  readonly tool?: string;
  /** Added to the minimal environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Text for stdin, or a function that feeds it and ends it; by default stdin is closed. */
  readonly input?: string | ((stdin: Writable) => Promise<void>);
  /** Called for each line of stdout as it comes; the text is then not kept. */
  readonly onLine?: (line: string) => void;
  /** Consumes stdout as a stream; the text is then not kept. */
  readonly onOutput?: (stdout: Readable) => Promise<void>;
  /** Exit codes that are not a failure; by default only 0. */
  readonly accept?: readonly number[];
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const STDERR_TAIL_LINES = 20;
const KILL_DELAY_MS = 1000;

/** The environment every program gets: nothing of the caller's but where temporary files may go. */
function minimalEnvironment(): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    HOME: '/nonexistent',
  };
  return environment;
}

/**
 * Runs a program to its end.
 * @throws {ToolError} when it exits with a code that is not accepted.
 * @throws {InterruptedError} when the signal was aborted.
 * @throws {UserError} when the program does not exist.
 */
export async function run(command: Command, options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = command;
  const tool = options.tool ?? program;
  if (options.signal?.aborted) throw new InterruptedError();

  const streaming = options.onLine !== undefined || options.onOutput !== undefined;
  const child = execa(program, args, {
    reject: false,
    extendEnv: false,
    env: { ...minimalEnvironment(), ...options.env },
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    ...(typeof options.input === 'string' ? { input: options.input } : {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    forceKillAfterDelay: KILL_DELAY_MS,
    buffer: { stdout: !streaming, stderr: true },
    maxBuffer: { stdout: 256 * 1024 * 1024, stderr: 16 * 1024 * 1024 },
    stripFinalNewline: true,
  });

  const side: Promise<unknown>[] = [];
  if (typeof options.input === 'function' && child.stdin) side.push(options.input(child.stdin));
  if (options.onOutput && child.stdout) side.push(options.onOutput(child.stdout));
  if (options.onLine && child.stdout) side.push(eachLine(child.stdout, options.onLine));

  // A broken pipe in a feeder is the program's failure told twice: its exit code says it better.
  const [result, ...sideResults] = await Promise.all([
    child,
    ...side.map((promise) =>
      promise.then(
        () => undefined,
        (error: unknown) => ({ error }),
      ),
    ),
  ]);

  if (options.signal?.aborted) throw new InterruptedError();
  if (result.failed && result.exitCode === undefined && result.code === 'ENOENT') {
    throw new UserError('program-missing', `the program ${program} is not installed`, {
      next: ['run ./basalt doctor to see what is missing and how to get it'],
      cause: result.cause,
    });
  }
  const accepted = options.accept ?? [0];
  if (result.exitCode === undefined || !accepted.includes(result.exitCode)) {
    throw new ToolError(tool, quoteCommand(command), result.exitCode, tail(String(result.stderr ?? '')), {
      cause: result.cause,
      ...(result.signal === undefined ? {} : { signal: result.signal }),
    });
  }
  for (const outcome of sideResults) if (outcome) throw (outcome as { error: unknown }).error;
  return {
    stdout: streaming ? '' : String(result.stdout ?? ''),
    stderr: String(result.stderr ?? ''),
    exitCode: result.exitCode,
  };
}

/**
 * Gives the caller's terminal to a program, until it ends.
 * @returns Its exit code; undefined when a signal ended it.
 */
export async function runOnTerminal(command: Command): Promise<number | undefined> {
  const [program, ...args] = command;
  const { exitCode } = await execa(program, args, {
    reject: false,
    extendEnv: false,
    env: minimalEnvironment(),
    stdio: 'inherit',
  });
  return exitCode;
}

async function eachLine(stream: Readable, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }))
    onLine(line);
}

/** The last lines; of a line that was redrawn with carriage returns, what stood there last. */
function tail(text: string): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1)?.trimEnd() ?? '');
  return lines.slice(-STDERR_TAIL_LINES).join('\n');
}
