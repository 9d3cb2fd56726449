/** What `basalt-agent reboot status` tells. */
import type { Host } from '../host.ts';
import type { RebootStrategy, UpdateSettings } from '../update/settings.ts';
import type { Holder } from './etcd-lock.ts';
import { etcdLock, holderText } from './lock.ts';
import { LockError } from './lock-error.ts';
import { type HeldLock, heldLock, type PendingReboot, pendingReboot } from './pending.ts';
import { wallClock } from './wall-clock.ts';
import { windowState, windowText } from './window.ts';

export interface RebootStatus {
  /** The version of this form. */
  readonly basaltReboot: 1;
  readonly strategy: RebootStrategy;
  readonly problems: readonly string[];
  readonly window: {
    readonly start: string;
    readonly lengthMs: number;
    readonly open: boolean | null;
  } | null;
  readonly pending: PendingReboot | null;
  /** This machine's own place; how the lock is reached is nobody else's business. */
  readonly held: (Omit<HeldLock, 'place'> & { readonly strategy: RebootStrategy }) | null;
  /** Only with etcd-lock. */
  readonly lock: {
    readonly group: string;
    readonly maximum: number;
    readonly holders: readonly Holder[];
    /** Why it is not known who holds it. */
    readonly problem: string | null;
  } | null;
}

/** @throws {HostError} */
export function rebootStatus(host: Host, settings: UpdateSettings): RebootStatus {
  const { strategy, problems, window } = settings;
  const clock = window === undefined ? undefined : wallClock(host, window.timeZone);
  const open =
    window === undefined || clock === undefined || typeof clock === 'string'
      ? null
      : windowState(window, clock).open;
  return {
    basaltReboot: 1,
    strategy,
    problems: typeof clock === 'string' ? [...problems, clock] : problems,
    window: window === undefined ? null : { start: windowText(window), lengthMs: window.lengthMs, open },
    pending: pendingReboot(host) ?? null,
    held: ownPlace(host),
    lock: strategy === 'etcd-lock' ? lockStatus(host, settings) : null,
  };
}

function ownPlace(host: Host): RebootStatus['held'] {
  const held = heldLock(host);
  if (held === undefined) return null;
  const { bootId, since, byHand, place } = held;
  return { bootId, since, byHand, strategy: place.strategy };
}

function lockStatus(host: Host, settings: UpdateSettings): RebootStatus['lock'] {
  const { group, maximum } = settings.lock;
  try {
    return { group, maximum, holders: etcdLock(host, settings).holders(), problem: null };
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    return { group, maximum, holders: [], problem: error.message };
  }
}

/** For people. Pure. */
export function rebootStatusText({ strategy, problems, window, pending, held, lock }: RebootStatus): string {
  const openness =
    window?.open === null ? 'not known whether open' : window?.open ? 'open now' : 'closed now';
  const lines: [string, string][] = [
    ['strategy', strategy],
    ...problems.map((problem): [string, string] => ['WRONG', problem]),
    [
      'window',
      window === null ? 'at any time' : `${window.start} for ${window.lengthMs / 60_000} min, ${openness}`,
    ],
    ['restart', pending === null ? 'none is asked for' : `asked for at ${pending.since}: ${pending.reason}`],
    ...(pending === null ? [] : [['waits for', `${pending.waitsFor}: ${pending.text}`] as [string, string]]),
    ['own place', held === null ? 'none' : `since ${held.since}${held.byHand ? ', taken by hand' : ''}`],
    ...(lock === null ? [] : lockLines(lock)),
  ];
  return lines.map(([name, text]) => `${name.padEnd(11)} ${text}`).join('\n');
}

function lockLines({
  group,
  maximum,
  holders,
  problem,
}: NonNullable<RebootStatus['lock']>): [string, string][] {
  if (problem !== null) return [['lock', `${group}: NOT known who holds it: ${problem}`]];
  return [
    ['lock', `${group}: ${holders.length} of ${maximum} taken`],
    ...holders.map((holder): [string, string] => ['held by', `${holderText(holder)} (${holder.id})`]),
  ];
}
