/** Runs programs of the tools tree. Every stage gets one; nothing else starts build tools. */
import type { Identity } from '../exec/identity.ts';
import { type Command, type RunOptions, type RunResult, run } from '../exec/run.ts';
import { type SandboxSpec, sandboxCommand } from '../exec/sandbox.ts';
import { type ToolsPackage, toolsDigest } from './tools-packages.ts';

/** What a single tool run needs: the sandbox's extras and the run's options. */
export type ToolOptions = Omit<SandboxSpec, 'root'> & Omit<RunOptions, 'env' | 'cwd'>;

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
  ) {
    this.digest = toolsDigest(packages);
  }

  /**
   * Runs a program inside the tools tree.
   * @throws {ToolError} when it fails.
   */
  run(command: Command, options: ToolOptions = {}): Promise<RunResult> {
    const { tool = command[0], signal, input, onLine, onOutput, accept, ...sandbox } = options;
    return run(this.commandLine(command, sandbox), {
      tool,
      signal,
      ...(input === undefined ? {} : { input }),
      ...(onLine === undefined ? {} : { onLine }),
      ...(onOutput === undefined ? {} : { onOutput }),
      ...(accept === undefined ? {} : { accept }),
    });
  }

  /** The whole command line of a sandboxed program, for those who start it themselves (QEMU). */
  commandLine(command: Command, sandbox: Omit<SandboxSpec, 'root'> = {}): Command {
    return sandboxCommand({ ...sandbox, root: this.root }, this.identity, command);
  }
}
