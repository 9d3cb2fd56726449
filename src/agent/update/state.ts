/** What the machine remembers of its updates, in /var/lib/basalt/update. */
import type { Host } from '../host.ts';

export const UPDATE_FOLDER = '/var/lib/basalt/update';
const STATE_FILE = `${UPDATE_FOLDER}/state.json`;
/** Raised when an older agent would do something wrong with it: it keeps what it knows, and passes over the rest. */
const FORMAT = 1;
/** Rejected versions that are remembered: the oldest are long gone from every channel. */
const MOST_REJECTED = 50;

/** A version that was written to the passive slot, and has not been judged. */
export interface Installed {
  readonly version: string;
  /** ISO 8601. */
  readonly at: string;
  /** Boot ids in which it was seen running. */
  readonly starts: readonly string[];
}

/** A version that this machine does not take again. */
export interface Rejected {
  readonly version: string;
  readonly reason: string;
  readonly at: string;
}

/** What an update is doing. */
export interface Work {
  readonly version: string;
  /** `write`: the passive slot is being changed. */
  readonly step: 'fetch' | 'write';
  /** When the step began. */
  readonly at: string;
}

/** The last thing that was done, and how it ended. */
export interface LastWork {
  readonly what: 'check' | 'update' | 'rollback';
  readonly at: string;
  readonly ok: boolean;
  /** What was tried and what came of it. */
  readonly text: string;
  /** What happens next, or what a person can do. */
  readonly next: string | undefined;
}

export interface UpdateState {
  /** An update that has not ended, or was interrupted. */
  readonly work: Work | undefined;
  readonly installed: Installed | undefined;
  readonly rejected: readonly Rejected[];
  /** The last version that became good here. */
  readonly good: { readonly version: string; readonly at: string } | undefined;
  readonly last: LastWork | undefined;
}

const nothing: UpdateState = {
  work: undefined,
  installed: undefined,
  rejected: [],
  good: undefined,
  last: undefined,
};

/** What is not there, or cannot be read, is as on a new machine. */
export function loadUpdateState(host: Host): UpdateState {
  const text = host.readText(STATE_FILE);
  if (text === undefined) return nothing;
  let value: { format?: number } & Partial<UpdateState>;
  try {
    value = JSON.parse(text);
  } catch {
    // Written whole or not at all, so the disk is damaged. Nothing is in it that another try would not find out again.
    host.log('error', `${STATE_FILE} cannot be read and is passed over: it is not JSON`);
    return nothing;
  }
  if (value.format !== FORMAT) {
    // The machine went back to an older version: it must go on with updates, and not take again what it has rejected.
    host.log(
      'warning',
      `${STATE_FILE} has format ${value.format}, of a newer version: only rejected versions are read`,
    );
    return { ...nothing, rejected: Array.isArray(value.rejected) ? value.rejected.filter(isRejected) : [] };
  }
  const { format: _, ...state } = value;
  return { ...nothing, ...state };
}

function isRejected(value: unknown): value is Rejected {
  const { version, reason, at } = (value ?? {}) as Partial<Record<keyof Rejected, unknown>>;
  return [version, reason, at].every((each) => typeof each === 'string');
}

/** It has reached the disk when this returns. @throws {HostError} */
function saveUpdateState(host: Host, state: UpdateState): void {
  const rejected = state.rejected.slice(-MOST_REJECTED);
  host.writeFile(STATE_FILE, `${JSON.stringify({ format: FORMAT, ...state, rejected }, undefined, 2)}\n`, {
    mode: 0o600,
  });
}

/** Changes some of it. @throws {HostError} */
export function changeUpdateState(host: Host, change: Partial<UpdateState>): UpdateState {
  const state = { ...loadUpdateState(host), ...change };
  saveUpdateState(host, state);
  return state;
}

/** Now, as it is written down. */
export function timestamp(host: Host): string {
  return new Date(host.nowMs()).toISOString();
}

/** Versions that are not taken again. */
export function withRejected(state: UpdateState, rejected: Rejected): readonly Rejected[] {
  return [...state.rejected.filter(({ version }) => version !== rejected.version), rejected];
}
