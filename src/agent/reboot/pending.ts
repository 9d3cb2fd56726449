/** What this machine waits for before it restarts, and the place that it holds in a lock. */
import type { Host } from '../host.ts';
import type { UpdateSettings } from '../update/settings.ts';

/** In memory: a machine that has restarted, by whatever way, waits for nothing. */
const PENDING_FILE = '/run/basalt/reboot.json';
/** On disk: the place must be given back after the restart. */
const HELD_FILE = '/var/lib/basalt/update/reboot-lock.json';

/** A restart that was asked for. */
export interface PendingReboot {
  /** Such as `version 20261201 is ready`. */
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
  readonly waitsFor: 'window' | 'lock' | 'settings' | 'update' | 'restart';
  /** For people. */
  readonly text: string;
  /** When this was found so. */
  readonly at: string;
}

/** Which lock it is, and how it is reached. */
export type LockPlace = Pick<UpdateSettings, 'strategy' | 'lock' | 'fleetLock'>;

/** A place in a lock that this machine has asked for. */
export interface HeldLock {
  /** The boot in which it was asked for. */
  readonly bootId: string;
  readonly since: string;
  /** Of the settings at that time: they may have changed since, and the place is given back where it was taken. */
  readonly place: LockPlace;
  /** A person took it: it is not given back by itself. */
  readonly byHand: boolean;
}

/** @returns Undefined when no restart was asked for in this boot. */
export function pendingReboot(host: Host): PendingReboot | undefined {
  return read<PendingReboot>(host, PENDING_FILE);
}

/** @throws {HostError} */
export function savePending(host: Host, pending: PendingReboot): void {
  host.writeFile(PENDING_FILE, `${JSON.stringify(pending)}\n`, { flush: false });
}

/** @throws {HostError} */
export function forgetPending(host: Host): void {
  host.remove(PENDING_FILE);
}

/** @returns Undefined when this machine has not asked for a place. */
export function heldLock(host: Host): HeldLock | undefined {
  return read<HeldLock>(host, HELD_FILE);
}

/** Written before a place is asked for, so that none is forgotten. @throws {HostError} */
export function saveHeld(host: Host, held: HeldLock): void {
  host.writeFile(HELD_FILE, `${JSON.stringify(held)}\n`, { mode: 0o600 });
}

/** @throws {HostError} */
export function forgetHeld(host: Host): void {
  host.remove(HELD_FILE);
}

function read<T>(host: Host, path: string): T | undefined {
  const text = host.readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    // Cut off by a power failure: written anew when it is needed again.
    return undefined;
  }
}
