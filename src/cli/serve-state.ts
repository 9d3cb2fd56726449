/** Where the provisioning server keeps its state, for the commands that need it. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommonOptions } from './session.ts';

/** Options of the commands that look at the server's state. */
export interface StateOptions extends CommonOptions {
  readonly state?: string;
}

/** Adds `--state`. */
export function withState(command: Command): Command {
  return command.option('--state <dir>', 'folder of the state (default: ~/.local/state/basalt/serve)');
}

/** Where the server keeps what it knows of machines (XDG Base Directory Specification: state). */
export function stateFolder({ state }: StateOptions): string {
  const base = process.env.XDG_STATE_HOME || join(homedir(), '.local/state');
  return resolve(state ?? join(base, 'basalt/serve'));
}
