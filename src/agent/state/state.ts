/** The agent's memory in /var/lib/basalt/agent. Everything in it may hold secrets: for root alone. */
import { CommandError } from '../command.ts';
import type { Host } from '../host.ts';
import { onMachine } from '../machine/scratch.ts';
import type { Metadata, SourceName } from '../sources/source.ts';
import type { Placed } from './placed.ts';

export const STATE_FOLDER = '/var/lib/basalt/agent';
/** What was at paths before the agent wrote there. */
export const ORIGINALS_FOLDER = `${STATE_FOLDER}/originals`;
const STATE_FILE = `${STATE_FOLDER}/state.json`;
const GOOD_FILE = `${STATE_FOLDER}/good.json`;
const PENDING_FILE = `${STATE_FOLDER}/pending.json`;

/** Raised when an older agent cannot read it. */
const FORMAT = 1;

/** The configuration that is in force. */
export interface Good {
  readonly source: SourceName;
  readonly where: string;
  /** ISO 8601; when it was first applied. The clock of an early boot may be behind. */
  readonly at: string;
  /** Undefined: what the platform says is all there is. */
  readonly userData: string | undefined;
  readonly metadata: Metadata;
}

/** A run that has not ended: what is on the machine is something between two configurations. */
export interface Pending {
  readonly at: string;
  /** Everything that may be there: what was, and what is to be. */
  readonly placed: Placed;
  /** Links that were there before units were enabled. */
  readonly linksBefore: readonly string[];
}

/** @returns Undefined when nothing was ever applied. @throws {CommandError} when a newer agent wrote it. */
export function loadPlaced(host: Host): Placed | undefined {
  return load<{ placed: Placed }>(host, STATE_FILE)?.placed;
}

/** @throws {HostError} */
export function savePlaced(host: Host, placed: Placed): void {
  save(host, STATE_FILE, { placed });
}

/** @returns Undefined when nothing is in force. @throws {CommandError} when a newer agent wrote it. */
export function loadGood(host: Host): Good | undefined {
  return load<Good>(host, GOOD_FILE);
}

/** @throws {HostError} */
export function saveGood(host: Host, good: Good): void {
  save(host, GOOD_FILE, good);
}

/** @returns Undefined when the last run ended. @throws {CommandError} when a newer agent wrote it. */
export function loadPending(host: Host): Pending | undefined {
  return load<Pending>(host, PENDING_FILE);
}

/** Written before the first change of a run. @throws {HostError} */
export function savePending(host: Host, pending: Pending): void {
  save(host, PENDING_FILE, pending);
}

/** The run has ended. @throws {HostError} */
export function removePending(host: Host): void {
  host.remove(PENDING_FILE);
}

/** Makes the folder, for root alone. @throws {HostError} */
export function makeStateFolder(host: Host): void {
  host.makeFolder(STATE_FOLDER);
  if (host.status(STATE_FOLDER)?.mode !== 0o700)
    host.run(['chmod', '0700', '--', onMachine(host, STATE_FOLDER)]);
}

/** Everything written so far reaches the disk: /etc and /var are on one file system. */
export function flushAll(host: Host): void {
  host.run(['sync', '--file-system', '--', onMachine(host, STATE_FOLDER)]);
}

function load<T>(host: Host, path: string): T | undefined {
  const text = host.readText(path);
  if (text === undefined) return undefined;
  const value = parse(text);
  if (typeof value !== 'object' || value === null) {
    // Writing is whole or not at all, so this is a damaged disk: better to begin again than never to configure.
    host.log('error', `${path} cannot be read and is passed over: it is not JSON`);
    return undefined;
  }
  const { format, ...rest } = value as { format?: number };
  if (format !== FORMAT) {
    throw new CommandError(
      `${path} has format ${format}, and this agent knows format ${FORMAT}: a newer version of the system wrote it`,
    );
  }
  return rest as T;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function save(host: Host, path: string, value: object): void {
  host.writeFile(path, `${JSON.stringify({ format: FORMAT, ...value })}\n`, { mode: 0o600, flush: false });
}
