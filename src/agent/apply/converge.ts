/** Brings the machine to a configuration: plans, makes ready, performs, remembers. */
import type { Host } from '../host.ts';
import { readAccounts } from '../machine/accounts.ts';
import { forgetOriginals } from '../perform/originals.ts';
import { removeBeside } from '../perform/paths.ts';
import { performPlan, prepare, unprepare } from '../perform/perform-plan.ts';
import { linksSince } from '../perform/units.ts';
import { changesNothing } from '../plan/changes.ts';
import { planChanges } from '../plan/plan-changes.ts';
import { nothingPlaced, type Placed } from '../state/placed.ts';
import {
  flushAll,
  type Good,
  loadGood,
  loadPending,
  loadPlaced,
  makeStateFolder,
  removePending,
  saveGood,
  savePlaced,
} from '../state/state.ts';
import type { Wanted } from '../wanted/wanted.ts';

export interface Converged {
  /** Whether anything of the machine was changed. */
  readonly changed: boolean;
  readonly warnings: readonly string[];
}

/**
 * @param good What will be in force; undefined when nothing is.
 * @param fetchedKeys To remember.
 * @throws {WantedError} before anything is changed.
 * @throws {HostError} when it could not be done; converging to what is in force then takes back what was done.
 */
export function converge(
  host: Host,
  wanted: Wanted,
  good: Good | undefined,
  fetchedKeys: Placed['fetchedKeys'],
): Converged {
  const { placed, unfinished } = placedNow(host);
  const accounts = readAccounts(host);
  const planned = planChanges(host, accounts, wanted, placed);
  const plan = { ...planned, placed: { ...planned.placed, fetchedKeys } };
  const changed = !changesNothing(plan);
  // Units that were told to do something by a run that did not end will be told again: commands are each boot's.
  if (changed || unfinished) {
    try {
      prepare(host, plan, accounts, placed, new Date(host.nowMs()).toISOString());
    } catch (error) {
      unprepare(host, plan);
      if (!unfinished) removePending(host);
      throw error;
    }
  }
  let performed: ReturnType<typeof performPlan>;
  try {
    performed = performPlan(host, plan, accounts);
  } catch (error) {
    unprepare(host, plan);
    throw error;
  }
  remember(host, good, performed.placed, changed || unfinished);
  return { changed, warnings: [...plan.warnings, ...performed.warnings] };
}

/** What may be on the machine, by the last run that ended and one that did not. */
function placedNow(host: Host): { placed: Placed; unfinished: boolean } {
  const pending = loadPending(host);
  if (pending === undefined) return { placed: loadPlaced(host) ?? nothingPlaced, unfinished: false };
  host.log('warning', `the run of ${pending.at} did not end: it is finished or taken back now`);
  removeBeside(host, pending.placed.paths);
  const enabled = linksSince(host, pending.placed.enabled, pending.linksBefore);
  return { placed: { ...pending.placed, enabled }, unfinished: true };
}

function remember(host: Host, good: Good | undefined, placed: Placed, changed: boolean): void {
  const before = loadGood(host);
  const isSame =
    before !== undefined &&
    good !== undefined &&
    JSON.stringify({ ...before, at: '' }) === JSON.stringify({ ...good, at: '' });
  if (!changed && (isSame || good === undefined)) return;
  makeStateFolder(host);
  // What was written reaches the disk before what says that it is there.
  if (changed) flushAll(host);
  savePlaced(host, placed);
  if (good !== undefined && !isSame) saveGood(host, good);
  flushAll(host);
  removePending(host);
  // Last: what is pending may name them.
  forgetOriginals(host, placed);
}
