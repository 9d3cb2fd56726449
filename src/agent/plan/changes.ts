/** The steps that bring a machine from what it has to what is wanted. Only data: `perform/` does them. */
import type { Placed } from '../state/placed.ts';
import type { WantedCommand, WantedEnabling, WantedFile } from '../wanted/wanted.ts';

export type PathChange =
  | { readonly kind: 'write'; readonly path: string; readonly file: WantedFile }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'remove'; readonly path: string }
  /** Gives back what was there before the agent came. */
  | { readonly kind: 'restore'; readonly path: string; readonly back: GivenBack };

/** What comes back to a path. */
export type GivenBack =
  | { readonly kind: 'link'; readonly target: string }
  /** A copy of the file `from`. Owner `uid:gid`. */
  | { readonly kind: 'file'; readonly from: string; readonly mode: number; readonly owner: string };

export type UserChange =
  | { readonly kind: 'add-group'; readonly name: string }
  | { readonly kind: 'add-user'; readonly name: string; readonly options: readonly string[] }
  | { readonly kind: 'change-user'; readonly name: string; readonly options: readonly string[] }
  /** A crypt(5) hash, or `*` for none. */
  | { readonly kind: 'set-password'; readonly name: string; readonly hash: string }
  | { readonly kind: 'leave-group'; readonly name: string; readonly group: string }
  | { readonly kind: 'lock'; readonly name: string }
  | { readonly kind: 'unlock'; readonly name: string };

/** An original to keep before its path is written to. */
export interface Keep {
  readonly path: string;
  /** The name in the folder of originals. */
  readonly saved: string;
}

export interface Plan {
  readonly keep: readonly Keep[];
  readonly users: readonly UserChange[];
  readonly paths: readonly PathChange[];
  readonly enable: readonly WantedEnabling[];
  /** Enabling links to take away. */
  readonly unlink: readonly string[];
  /** The kernel's name, when it is another. */
  readonly hostname: string | undefined;
  /** At every run, changes or not. */
  readonly commands: readonly WantedCommand[];
  /** What will be on the machine; digests and links of units are added when they are known. */
  readonly placed: Placed;
  readonly warnings: readonly string[];
}

/** Whether anything of the machine is to be changed; commands and the kernel's name are each boot's anyway. */
export function changesNothing({ users, paths, enable, unlink }: Plan): boolean {
  return users.length + paths.length + enable.length + unlink.length === 0;
}

/** One line for the journal. Pure; tells no secret. */
export function describeChange(change: PathChange | UserChange): string {
  switch (change.kind) {
    case 'write':
      return `write ${change.path}`;
    case 'link':
      return `link ${change.path} to ${change.target}`;
    case 'remove':
      return `remove ${change.path}`;
    case 'restore':
      return `give back ${change.path} as it was`;
    case 'add-group':
      return `make the group ${change.name}`;
    case 'add-user':
      return `make the user ${change.name}`;
    case 'change-user':
      return `change the user ${change.name}`;
    case 'set-password':
      return `set the password of ${change.name}`;
    case 'leave-group':
      return `take ${change.name} out of the group ${change.group}`;
    case 'lock':
      return `lock the user ${change.name}`;
    case 'unlock':
      return `unlock the user ${change.name}`;
  }
}
