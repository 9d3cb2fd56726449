/** What a configuration asks of this machine, in terms of what a machine has. Only data. */
import type { UnitCommand, UserConfig } from '../../cloud-config/config.ts';

export interface WantedFile {
  readonly kind: 'file';
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: number;
  readonly owner: string;
}

export interface WantedLink {
  readonly kind: 'link';
  readonly path: string;
  readonly target: string;
}

/** A unit that the configuration names must not be masked. */
export interface WantedUnmasked {
  readonly kind: 'unmasked';
  readonly path: string;
}

export type WantedPath = WantedFile | WantedLink | WantedUnmasked;

export interface WantedEnabling {
  readonly unit: string;
  readonly runtime: boolean;
}

export interface WantedCommand {
  readonly unit: string;
  readonly command: UnitCommand;
}

export interface Wanted {
  /** Each path once. */
  readonly paths: readonly WantedPath[];
  readonly users: readonly UserConfig[];
  readonly enable: readonly WantedEnabling[];
  /** In their order, at every boot. */
  readonly commands: readonly WantedCommand[];
  readonly hostname: string | undefined;
}

export const nothingWanted: Wanted = { paths: [], users: [], enable: [], commands: [], hostname: undefined };

/** A file of root's. */
export function textFile(path: string, content: Uint8Array, mode = 0o644): WantedFile {
  return { kind: 'file', path, content, mode, owner: 'root' };
}
