/** What a machine's user data turned out to be. */
import type { Problem } from '../errors.ts';
import type { CloudConfig } from './config.ts';

/** A cloud-config without problems. */
export interface CloudConfigUserData {
  readonly kind: 'cloud-config';
  readonly config: CloudConfig;
  /** What is allowed, and probably not meant. */
  readonly warnings: readonly Problem[];
}

/** A script: its first line names the interpreter. */
export interface ScriptUserData {
  readonly kind: 'script';
  /** With line ends of one character. */
  readonly text: string;
}

/** Text that must not be applied. All problems at once, in the order of the text. */
export interface InvalidUserData {
  readonly kind: 'invalid';
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Nothing but white space. */
export interface EmptyUserData {
  readonly kind: 'empty';
}

export type UserData = CloudConfigUserData | ScriptUserData | InvalidUserData | EmptyUserData;
