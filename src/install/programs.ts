/** How the engine starts programs: directly in a live system, and elsewhere in the tools tree. */
import { type Command, type RunOptions, type RunResult, run } from '../exec/run.ts';

export interface ProgramOptions
  extends Pick<RunOptions, 'signal' | 'input' | 'onOutput' | 'accept' | 'env' | 'tool'> {
  /** Files and folders besides devices that the program reads: a sandbox shows them to it. */
  readonly reads?: readonly string[];
}

/**
 * Runs a program to its end. It sees the machine's devices, /sys and /proc, and the named files.
 * @throws {ToolError|UserError|InterruptedError} as `run` of src/exec/run.ts.
 */
export type Programs = (command: Command, options?: ProgramOptions) => Promise<RunResult>;

/**
 * The programs of the system that this runs in. They are killed when the installer is, so that none goes on writing to a
 * disk that the next installer has begun with (setpriv(1), PR_SET_PDEATHSIG).
 */
export const ownPrograms: Programs = (command, { reads: _reads, ...options } = {}) =>
  run(['setpriv', '--pdeathsig=KILL', '--', ...command], { tool: command[0], ...options });
