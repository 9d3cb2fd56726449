/** Back to the other slot's version, without a network. */
import type { Host } from '../host.ts';
import { UpdateFailure } from './failure.ts';
import { readRunning } from './running.ts';
import {
  type BootEntry,
  bootEntries,
  entriesOf,
  refusedEntryName,
  renameEntry,
} from './slots/boot-entries.ts';
import { findSlots } from './slots/slots.ts';
import { changeUpdateState, loadUpdateState, timestamp, withRejected } from './state.ts';
import type { Outcome } from './take.ts';

/**
 * Has the boot loader pass over the running version, so that the other slot's starts next. A version that was written and
 * not started yet is given up instead: then nothing starts but what runs.
 *
 * The other version keeps its entry without a counter: it has been good on this machine, and whoever goes back to it wants to
 * stay there, also while a check of its health fails for reasons of its own.
 * @throws {UpdateFailure} when there is nothing to go back to.
 */
export function rollBack(host: Host): Outcome {
  const state = loadUpdateState(host);
  const running = readRunning(host);
  const entries = bootEntries(host);
  const { passive } = findSlots(host);
  const other = passive.version;
  if (other === undefined) {
    throw new UpdateFailure(`slot ${passive.name} holds no version to go back to`, {
      next: 'the first update fills it',
    });
  }
  const [otherEntry] = entriesOf(entries, other);
  const isNotStarted = state.installed?.version === other;
  if (otherEntry === undefined || (!isNotStarted && otherEntry.tries?.left === 0)) {
    const rejected = state.rejected.find(({ version }) => version === other);
    throw new UpdateFailure(
      `version ${other} in slot ${passive.name} cannot be started: ${whyNot(otherEntry, rejected?.reason)}`,
      { next: 'a newer version from the channel: basalt-agent update apply' },
    );
  }
  const [given, kept] = isNotStarted ? [other, running.version] : [running.version, other];
  const text = isNotStarted
    ? `version ${given} is given up before it was started; version ${kept} stays`
    : `version ${kept} in slot ${passive.name} starts with the next restart, instead of ${given}`;
  changeUpdateState(host, {
    installed: state.installed?.version === given ? undefined : state.installed,
    rejected: withRejected(state, { version: given, reason: 'rolled back by hand', at: timestamp(host) }),
  });
  // Remembered first: a power cut in between must not have the machine take it again.
  refuse(host, entriesOf(entries, given));
  return {
    text,
    next: `version ${given} is not taken again; basalt-agent update allow ${given} has it tried again`,
    waiting: isNotStarted ? undefined : kept,
  };
}

function whyNot(entry: BootEntry | undefined, rejected: string | undefined): string {
  if (rejected !== undefined) return `it was rejected here (${rejected})`;
  return entry === undefined ? 'the ESP has no entry for it' : `its entry ${entry.file} has no tries left`;
}

function refuse(host: Host, entries: readonly BootEntry[]): void {
  for (const entry of entries) {
    const name = refusedEntryName(entry);
    if (name !== entry.file) renameEntry(host, entry.file, name);
  }
}
