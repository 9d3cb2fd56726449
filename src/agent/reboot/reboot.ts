/** Restarting when it is allowed: in the window, and with a place in the lock. */
import { CommandError } from '../command.ts';
import { type Host, HostError } from '../host.ts';
import { bootId } from '../machine/identity.ts';
import { isWriting } from '../update/at-work.ts';
import type { UpdateSettings } from '../update/settings.ts';
import { type RebootLock, rebootLock } from './lock.ts';
import { LockError } from './lock-error.ts';
import { missingMajority } from './majority.ts';
import {
  forgetHeld,
  forgetPending,
  heldLock,
  type LockPlace,
  type PendingReboot,
  pendingReboot,
  saveHeld,
  savePending,
} from './pending.ts';
import { restart } from './restart.ts';
import { wallClock } from './wall-clock.ts';
import { windowState, windowText } from './window.ts';

/** Tries again every minute while a restart waits; not enabled, started when one does. */
const TRY_TIMER = 'basalt-reboot.timer';
/** Gives the place back after the restart; runs while {@link heldLock} says something. */
const LOCK_TIMER = 'basalt-lock.timer';

/** What became of a wish to restart. */
export type RebootOutcome =
  | { readonly kind: 'off'; readonly text: string }
  | { readonly kind: 'waiting'; readonly pending: PendingReboot }
  /** systemd was told. */
  | { readonly kind: 'restarting'; readonly text: string };

/**
 * Restarts the machine if that is allowed now; else notes what it waits for, and a timer tries again every minute. Asked
 * again while one waits, it tries now.
 * @param reason For people and the journal, such as `version 20261201 is ready`.
 * @throws {HostError} when the machine's disk or systemd fails.
 */
export function rebootWhenAllowed(host: Host, settings: UpdateSettings, reason: string): RebootOutcome {
  if (settings.strategy === 'off') {
    cancelReboot(host, settings);
    return { kind: 'off', text: 'reboot-strategy is off: the machine restarts when somebody restarts it' };
  }
  const [problem] = settings.problems;
  if (problem !== undefined) return wait(host, reason, 'settings', `the settings are wrong: ${problem}`);
  if (isWriting(host)) return wait(host, reason, 'update', 'an update is being written to the other slot');
  const closed = closedWindow(host, settings);
  if (closed !== undefined) return wait(host, reason, closed.waitsFor, closed.text);
  const refused =
    (settings.strategy === 'etcd-lock' ? missingMajority(host) : undefined) ?? takePlace(host, settings);
  if (refused !== undefined) return wait(host, reason, 'lock', refused);
  const text = `the machine restarts: ${reason}`;
  note(host, reason, 'restart', text);
  host.log('info', text);
  try {
    if (!restart(host, reason, () => pendingReboot(host) !== undefined))
      return { kind: 'off', text: 'the restart was cancelled' };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    // Others may go first. The timer tries again.
    givePlaceBack(host, settings);
    return wait(host, reason, 'restart', error.message);
  }
  return { kind: 'restarting', text };
}

/** Forgets that a restart was asked for, and gives the place back that was taken for it. */
export function cancelReboot(host: Host, settings: UpdateSettings): void {
  if (pendingReboot(host) !== undefined) {
    forgetPending(host);
    host.run(['systemctl', 'stop', '--no-block', TRY_TIMER]);
  }
  const held = heldLock(host);
  if (held !== undefined && !held.byHand && held.bootId === bootId(host)) givePlaceBack(host, settings);
}

/**
 * Gives back the place in the lock, after this machine has become good. Without a place, nothing happens.
 * @returns Undefined when there is none any more; else why it is still there: another attempt may do better.
 * @throws {HostError}
 */
export function afterGood(host: Host, settings: UpdateSettings): string | undefined {
  const held = heldLock(host);
  if (held === undefined) return undefined;
  try {
    rebootLock(host, { ...settings, ...held.place })?.release();
  } catch (error) {
    if (error instanceof LockError) return error.message;
    throw error;
  }
  forgetHeld(host);
  host.run(['systemctl', 'stop', '--no-block', LOCK_TIMER]);
  return undefined;
}

/** Takes a place for a person's own work, kept until it is given back by hand. @throws {CommandError|HostError} */
export function holdByHand(host: Host, settings: UpdateSettings): RebootLock {
  const lock = rebootLock(host, settings);
  if (lock === undefined)
    throw new CommandError(
      `reboot-strategy is ${settings.strategy}, which has no lock: there is nothing to take`,
    );
  const refused = takePlace(host, settings, true);
  if (refused !== undefined) throw new CommandError(`${lock.name}: ${refused}`);
  return lock;
}

/** @returns Undefined when the machine has a place, or needs none. */
function takePlace(host: Host, settings: UpdateSettings, byHand = false): string | undefined {
  const before = heldLock(host);
  try {
    const lock = rebootLock(host, settings);
    if (lock === undefined) return undefined;
    const { strategy, lock: inEtcd, fleetLock } = settings;
    const place = { strategy, lock: inEtcd, fleetLock };
    const kept =
      before !== undefined && !samePlace(before.place, place) ? afterGood(host, settings) : undefined;
    if (kept !== undefined) return `this machine still has a place in another lock: ${kept}`;
    const since = new Date(host.nowMs()).toISOString();
    saveHeld(host, { bootId: bootId(host), since, place, byHand: byHand || before?.byHand === true });
    const refused = lock.acquire();
    if (refused !== undefined) {
      forgetHeld(host);
      return `${lock.name}: ${refused}`;
    }
  } catch (error) {
    // The place may be taken all the same: the note stays, and the timer sees to it.
    if (error instanceof LockError) return error.message;
    throw error;
  } finally {
    if (heldLock(host) !== undefined) host.run(['systemctl', 'start', '--no-block', LOCK_TIMER]);
  }
  return undefined;
}

/** Whether both are the same lock; who asks, and how, does not matter. */
function samePlace(left: LockPlace, right: LockPlace): boolean {
  const nameOf = ({ strategy, lock, fleetLock }: LockPlace) =>
    strategy === 'fleet-lock'
      ? [fleetLock?.url, fleetLock?.group, fleetLock?.id]
      : [lock.group, ...lock.endpoints];
  return left.strategy === right.strategy && nameOf(left).join('\n') === nameOf(right).join('\n');
}

function givePlaceBack(host: Host, settings: UpdateSettings): void {
  const problem = afterGood(host, settings);
  if (problem !== undefined) host.log('warning', `the place in the lock is not given back yet: ${problem}`);
}

function closedWindow(
  host: Host,
  { window }: UpdateSettings,
): Pick<PendingReboot, 'waitsFor' | 'text'> | undefined {
  if (window === undefined) return undefined;
  const clock = wallClock(host, window.timeZone);
  if (typeof clock === 'string') return { waitsFor: 'settings', text: clock };
  const state = windowState(window, clock);
  if (state.open) return undefined;
  return { waitsFor: 'window', text: `the window opens ${windowText(window)}` };
}

function wait(host: Host, reason: string, waitsFor: PendingReboot['waitsFor'], text: string): RebootOutcome {
  const before = pendingReboot(host);
  const pending = note(host, reason, waitsFor, text);
  if (before?.text !== text) host.log('info', `the restart waits: ${text}`);
  host.run(['systemctl', 'start', '--no-block', TRY_TIMER]);
  return { kind: 'waiting', pending };
}

function note(host: Host, reason: string, waitsFor: PendingReboot['waitsFor'], text: string): PendingReboot {
  const at = new Date(host.nowMs()).toISOString();
  const pending = { reason, since: pendingReboot(host)?.since ?? at, waitsFor, text, at };
  savePending(host, pending);
  return pending;
}
