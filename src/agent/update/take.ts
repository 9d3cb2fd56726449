/** The story of an update: look, fetch, write. Each step leaves the machine as it was when it fails. */
import type { Host } from '../host.ts';
import { cancelReboot } from '../reboot/reboot.ts';
import { UpdateFailure } from './failure.ts';
import { fetchParts, removeDownloads } from './install/fetch-parts.ts';
import { checkSlotAndEsp } from './install/preflight.ts';
import { writeVersion } from './install/write-version.ts';
import { look, type OpenRepository, readRelease } from './look.ts';
import { probationOf, type Running, readRunning } from './running.ts';
import type { UpdateSettings } from './settings.ts';
import {
  type BootEntry,
  bootEntries,
  ENTRY_FOLDER,
  entriesOf,
  removeEntries,
  removeUnfinished,
} from './slots/boot-entries.ts';
import { findSlots } from './slots/slots.ts';
import { changeUpdateState, loadUpdateState, timestamp, type UpdateState } from './state.ts';

/** What came of it, in words; `waiting` names a version that starts with the next restart. */
export interface Outcome {
  readonly text: string;
  readonly next?: string | undefined;
  readonly waiting?: string | undefined;
}

/** Looks, and says what there is. Nothing but what is remembered of the repository changes. @throws {UpdateFailure} */
export function check(host: Host, settings: UpdateSettings, open?: OpenRepository): Outcome {
  const state = loadUpdateState(host);
  const running = readRunning(host);
  const { next } = look(host, settings, state, running, open);
  if (next.kind !== 'take') return nothingToTake(next, settings, running, state);
  const waiting = waitingVersion(host, state);
  if (waiting === next.version) return restartPending(waiting);
  const way = onTheWay(next.onTheWayTo);
  return {
    text: `version ${next.version} is there; ${running.version} runs${way}`,
    next: 'basalt-agent update apply',
  };
}

/** Looks, and writes what is newer to the passive slot. @throws {UpdateFailure|HostError} */
export function take(host: Host, settings: UpdateSettings, open?: OpenRepository): Outcome {
  const state = loadUpdateState(host);
  const running = readRunning(host);
  const { repository, next, offers } = look(host, settings, state, running, open);
  const waiting = waitingVersion(host, state);
  if (waiting !== undefined && !offers(waiting)) giveUpWaiting(host, settings, waiting);
  if (next.kind !== 'take') {
    removeDownloads(host);
    return nothingToTake(next, settings, running, state);
  }
  if (waiting === next.version) return restartPending(next.version);

  const entries = bootEntries(host);
  const ownEntries = entriesOf(entries, running.version);
  const onProbation = probationOf(ownEntries);
  if (onProbation !== undefined) {
    throw new UpdateFailure(
      `version ${next.version} is there, and nothing is written while version ${running.version} is not marked good: ${onProbation}`,
      { next: 'basalt-agent health check says what keeps it from becoming good', passing: true },
    );
  }
  const release = readRelease(repository, running, next.version);
  const { active, passive } = findSlots(host);
  removeUnfinished(host);
  checkSlotAndEsp(
    host,
    release,
    passive,
    entries.filter(({ version }) => version !== running.version),
  );
  host.log('info', `update: version ${next.version}, for slot ${passive.name}${onTheWay(next.onTheWayTo)}`);
  const parts = { root: active.root.device, verity: active.verity.device, uki: ownUki(ownEntries, running) };
  changeUpdateState(host, { work: { version: next.version, step: 'fetch', at: timestamp(host) } });
  const fetched = fetchParts(host, repository, release, { version: running.version, parts });
  // A restart that waits was asked for what is about to be replaced.
  cancelReboot(host, settings);
  const slot = writeVersion(host, release, fetched, running.version, settings.tries);
  removeDownloads(host);
  return {
    text: `version ${next.version} is written to slot ${slot.name}${onTheWay(next.onTheWayTo)}`,
    next: 'it starts with the next restart',
    waiting: next.version,
  };
}

/** A version that is written and has not been started yet. */
export function waitingVersion(host: Host, { installed }: UpdateState): string | undefined {
  if (installed === undefined || installed.starts.length > 0) return undefined;
  const [entry] = entriesOf(bootEntries(host), installed.version);
  return entry?.tries?.done === 0 ? installed.version : undefined;
}

/** It was withdrawn before it was started: nothing leads to it any more. */
function giveUpWaiting(host: Host, settings: UpdateSettings, version: string): void {
  host.log(
    'warning',
    `update: version ${version}, which waited for a restart, is not in the channel any more: it is given up`,
  );
  changeUpdateState(host, { installed: undefined });
  removeEntries(host, entriesOf(bootEntries(host), version));
  cancelReboot(host, settings);
}

function restartPending(version: string): Outcome {
  return { text: `version ${version} is written`, next: 'it starts with the next restart', waiting: version };
}

function nothingToTake(
  next: Exclude<ReturnType<typeof look>['next'], { kind: 'take' }>,
  settings: UpdateSettings,
  running: Running,
  state: UpdateState,
): Outcome {
  switch (next.kind) {
    case 'none':
      return {
        text: `version ${running.version} runs, and the channel ${settings.channel} has nothing newer`,
      };
    case 'dead-end':
      return {
        text: `version ${running.version} gets no more updates: ${next.reason}`,
        next: 'this machine stays as it is until a person acts',
      };
    case 'rejected': {
      const rejected = state.rejected.find(({ version }) => version === next.version);
      const why = rejected === undefined ? '' : ` (${rejected.reason})`;
      return {
        text: `the channel ${settings.channel} has version ${next.version}, which was rejected on this machine${why}; version ${running.version} runs`,
        next: `a newer version is taken when there is one; basalt-agent update allow ${next.version} has it tried again`,
      };
    }
  }
}

function onTheWay(to: { readonly version: string; readonly reason: string } | undefined): string {
  return to === undefined ? '' : `, on the way to ${to.version}, which needs it (${to.reason})`;
}

function ownUki(entries: readonly BootEntry[], running: Running): string {
  const [entry] = entries;
  if (entry === undefined) {
    throw new UpdateFailure(`${ENTRY_FOLDER} has no entry of version ${running.version}, which runs`, {
      next: 'the machine could not be started again: install it anew, or put its UKI back',
    });
  }
  return `${ENTRY_FOLDER}/${entry.file}`;
}
