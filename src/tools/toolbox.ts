/** Runs programs of the tools tree. Every stage gets one; nothing else starts build tools. */
import { ToolError } from '../errors.ts';
import type { Identity } from '../exec/identity.ts';
import { type Command, type RunOptions, type RunResult, run } from '../exec/run.ts';
import { type SandboxSpec, sandboxCommand } from '../exec/sandbox.ts';
import { type ToolsPackage, toolsDigest } from './tools-packages.ts';

/** What a single tool run needs: the sandbox's extras and the run's options. */
export type ToolOptions = Omit<SandboxSpec, 'root'> & Omit<RunOptions, 'env' | 'cwd'>;

/** A program that failed, while all that it had is still there. */
export interface ToolFailure {
  readonly error: ToolError;
  /** As it was called inside the sandbox. */
  readonly command: Command;
  /** Opens a shell in the same sandbox, on the caller's terminal. */
  readonly shell: Command;
}

export class Toolbox {
  /** SHA-256 over the names and versions of the packages: part of every stage's digest. */
  readonly digest: string;

  /**
   * @param root The tools tree's folder.
   * @param packages What is installed in it.
   */
  constructor(
    readonly root: string,
    readonly packages: readonly ToolsPackage[],
    readonly identity: Identity,
    private readonly onFailure?: (failure: ToolFailure) => Promise<void>,
  ) {
    this.digest = toolsDigest(packages);
  }

  /** The same tools; `onFailure` is waited for before a failure is told. */
  watched(onFailure: (failure: ToolFailure) => Promise<void>): Toolbox {
    return new Toolbox(this.root, this.packages, this.identity, onFailure);
  }

  /** Whether somebody sits at the terminal and looks at failures. */
  get isWatched(): boolean {
    return this.onFailure !== undefined;
  }

  /**
   * Runs a program inside the tools tree.
   * @throws {ToolError} when it fails.
   */
  async run(command: Command, options: ToolOptions = {}): Promise<RunResult> {
    const { tool = command[0], signal, input, onLine, onOutput, accept, ...sandbox } = options;
    try {
      return await run(this.commandLine(command, sandbox), {
        tool,
        signal,
        ...(input === undefined ? {} : { input }),
        ...(onLine === undefined ? {} : { onLine }),
        ...(onOutput === undefined ? {} : { onOutput }),
        ...(accept === undefined ? {} : { accept }),
      });
    } catch (error) {
      if (error instanceof ToolError) {
        const shell = this.commandLine(['bash', '--norc', '-i'], {
          ...sandbox,
          env: { ...sandbox.env, TERM: process.env.TERM ?? 'dumb' },
          interactive: true,
        });
        await this.onFailure?.({ error, command, shell });
      }
      throw error;
    }
  }

  /** The whole command line of a sandboxed program, for those who start it themselves (QEMU). */
  commandLine(command: Command, sandbox: Omit<SandboxSpec, 'root'> = {}): Command {
    return sandboxCommand({ ...sandbox, root: this.root }, this.identity, command);
  }
}
