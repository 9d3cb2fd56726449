/** What came of the last update: seen at each start of the machine. */

import { loadHealth } from '../health/record.ts';
import type { Host } from '../host.ts';
import { bootId } from '../machine/identity.ts';
import { probationOf, readRunning } from './running.ts';
import { bootEntries, entriesOf, removeUnfinished } from './slots/boot-entries.ts';
import { repairTable } from './slots/disk-table.ts';
import { findSlots } from './slots/slots.ts';
import {
  changeUpdateState,
  type Installed,
  loadUpdateState,
  timestamp,
  type UpdateState,
  withRejected,
} from './state.ts';

/** How many starts of a version are remembered by name. */
const MOST_STARTS = 20;

/**
 * Early in a boot: notes that a version on probation was started, finds out that one was given up, and cleans up after an
 * update that a power cut ended. A machine that has nothing to judge is not touched.
 * @throws {UpdateFailure|HostError}
 */
export function noteBoot(host: Host): void {
  const state = loadUpdateState(host);
  if (state.work === undefined && state.installed === undefined) return;
  const { version } = readRunning(host);
  if (repairTable(host, findSlots(host).table))
    host.log('warning', 'update: the power went while the partition table was written; it is whole again');
  removeUnfinished(host);
  const entries = bootEntries(host);
  // Its last step reached the ESP, and the note of it did not reach /var.
  const { installed = ifItRuns(state, version) } = state;
  if (installed?.version === version) {
    if (probationOf(entriesOf(entries, version)) === undefined) {
      changeUpdateState(host, { work: undefined, installed });
      noteGood(host);
      return;
    }
    const starts = [...new Set([...installed.starts, bootId(host)])].slice(-MOST_STARTS);
    changeUpdateState(host, {
      work: undefined,
      installed: { ...installed, starts },
      last: {
        what: 'update',
        at: timestamp(host),
        ok: true,
        text: `version ${version} was started`,
        next: 'it is marked good when it is healthy; else the machine goes back',
      },
    });
    return;
  }
  const [entry] = installed === undefined ? [] : entriesOf(entries, installed.version);
  if (installed === undefined || entry === undefined) {
    noteInterrupted(host, state);
    return;
  }
  // With tries left it was not given up: a person has chosen another entry, or the machine was not restarted into it.
  if (entry.tries === undefined || entry.tries.left > 0) {
    changeUpdateState(host, { work: undefined });
    return;
  }
  const reason = reasonOf(host, installed, entry.tries.done);
  host.log(
    'error',
    `update: version ${installed.version} was given up: ${reason}; version ${version} runs again`,
  );
  changeUpdateState(host, {
    work: undefined,
    installed: undefined,
    rejected: withRejected(state, { version: installed.version, reason, at: timestamp(host) }),
    last: {
      what: 'update',
      at: timestamp(host),
      ok: false,
      text: `version ${installed.version} was given up: ${reason}`,
      next: `version ${version} runs again; version ${installed.version} is not taken again`,
    },
  });
}

/**
 * After boot-complete.target: the running version is good, when the boot loader's entry says so.
 * @returns Whether it is.
 */
export function noteGood(host: Host): boolean {
  const { version } = readRunning(host);
  const entries = entriesOf(bootEntries(host), version);
  if (probationOf(entries) !== undefined) return false;
  const state = loadUpdateState(host);
  const isNew = state.installed?.version === version;
  if (isNew) host.log('info', `update: version ${version} is good`);
  if (isNew || state.good?.version !== version) {
    const at = timestamp(host);
    changeUpdateState(host, {
      installed: isNew ? undefined : state.installed,
      good: { version, at },
      ...(isNew && {
        last: { what: 'update', at, ok: true, text: `version ${version} runs, and is good`, next: undefined },
      }),
    });
  }
  return true;
}

function ifItRuns({ work }: UpdateState, running: string): Installed | undefined {
  if (work?.step !== 'write' || work.version !== running) return undefined;
  return { version: running, at: work.at, starts: [] };
}

function noteInterrupted(host: Host, { work, installed }: UpdateState): void {
  const version = work?.version ?? installed?.version;
  const text = `the update to version ${version} was interrupted before it was complete`;
  host.log('warning', `update: ${text}; it is tried again`);
  changeUpdateState(host, {
    work: undefined,
    installed: undefined,
    last: { what: 'update', at: timestamp(host), ok: false, text, next: 'it is tried again by itself' },
  });
}

function reasonOf(host: Host, { version, starts, at }: Installed, tries: number): string {
  const health = loadHealth(host);
  if (health?.version === version && !health.good && (starts.includes(health.bootId) || health.at >= at))
    return `it was started ${times(tries)} and was not healthy: ${health.problems.join('; ')}`;
  if (starts.length > 0)
    return `it was started ${times(tries)} and did not come as far as its health check: it hung, or its kernel panicked`;
  return `it was started ${times(tries)} and never came as far as its services: its root did not verify, it hung, or its kernel panicked`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
