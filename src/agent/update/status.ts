/** `basalt-agent update status`: what runs, what was tried, what came of it, what happens next. Never more than is known. */
import { loadHealth } from '../health/record.ts';
import { type Host, HostError } from '../host.ts';
import { type PendingReboot, pendingReboot } from '../reboot/pending.ts';
import { isAtWork } from './at-work.ts';
import { UpdateFailure } from './failure.ts';
import { probation, readRunning } from './running.ts';
import type { UpdateSettings } from './settings.ts';
import { findSlots } from './slots/slots.ts';
import { type LastWork, loadUpdateState, type Rejected, type Work } from './state.ts';
import { waitingVersion } from './take.ts';

/** One format, documented in docs/updates/README.md. */
export interface UpdateStatus {
  readonly image: string;
  readonly version: string;
  readonly slot: 'A' | 'B' | undefined;
  /** Why it is not marked good yet; absent when it is. */
  readonly probation?: string | undefined;
  /** What keeps it from becoming good. */
  readonly problems: readonly string[];
  /** The other slot's version; absent when it is empty. */
  readonly otherVersion?: string | undefined;
  /** Starts with the next restart. */
  readonly waiting?: string | undefined;
  readonly restart?: PendingReboot | undefined;
  readonly rejected: readonly Rejected[];
  readonly last?: LastWork | undefined;
  /** An update that has not ended; `active` is false when nothing goes on with it now. */
  readonly work?: (Work & { readonly active: boolean }) | undefined;
  readonly server?: string | undefined;
  readonly channel: string;
  readonly strategy: string;
  /** What is wrong with the settings, or with this machine's slots. */
  readonly faults: readonly string[];
}

/** @throws {UpdateFailure} when the image does not say what it is. */
export function updateStatus(host: Host, settings: UpdateSettings): UpdateStatus {
  const { image, version } = readRunning(host);
  const state = loadUpdateState(host);
  const faults = [...settings.problems];
  const known = <T>(ask: () => T): T | undefined => {
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof UpdateFailure || error instanceof HostError)) throw error;
      faults.push(error.message);
      return undefined;
    }
  };
  const slots = known(() => findSlots(host));
  const health = loadHealth(host);
  return {
    image,
    version,
    slot: slots?.active.name,
    probation: known(() => probation(host, version)),
    problems: health?.version === version && !health.good ? health.problems : [],
    otherVersion: slots?.passive.version,
    waiting: known(() => waitingVersion(host, state)),
    restart: pendingReboot(host),
    rejected: state.rejected,
    last: state.last,
    work: state.work && { ...state.work, active: isAtWork(host) },
    server: settings.server,
    channel: settings.channel,
    strategy: settings.strategy,
    faults: [...new Set(faults)],
  };
}

/** For people. Pure. */
export function updateStatusText(status: UpdateStatus): string {
  const { version, image, slot, last, rejected } = status;
  const rows: [string, string | undefined][] = [
    ['running', `${version} (${image})${slot === undefined ? '' : `, slot ${slot}`}`],
    ['', status.probation === undefined ? 'marked good' : `not marked good: ${status.probation}`],
    ...status.problems.map((problem): [string, string] => ['', `not healthy: ${problem}`]),
    ['other slot', status.otherVersion ?? (slot === undefined ? undefined : 'empty')],
    ['next restart', status.waiting === undefined ? undefined : `starts version ${status.waiting}`],
    [
      '',
      status.restart === undefined
        ? undefined
        : `asked for (${status.restart.reason}): ${status.restart.text}`,
    ],
    ['update', workText(status)],
    ['server', status.server ?? 'none'],
    ['channel', status.channel],
    ['restarts', status.strategy],
    [
      'last',
      last === undefined
        ? 'nothing was tried yet'
        : `${last.at}: ${last.what} ${last.ok ? 'went well' : 'FAILED'}`,
    ],
    ['', last?.text],
    ['', last?.next === undefined ? undefined : `next: ${last.next}`],
    ...rejected.map((each, index): [string, string] => [
      index === 0 ? 'rejected' : '',
      `${each.version}, ${each.at}: ${each.reason}`,
    ]),
    ...status.faults.map((fault, index): [string, string] => [index === 0 ? 'wrong' : '', fault]),
  ];
  const told = rows.filter((row): row is [string, string] => row[1] !== undefined);
  return told.map(([name, text]) => `${name.padEnd(14)}${text}`).join('\n');
}

function workText({ work }: UpdateStatus): string | undefined {
  if (work === undefined) return undefined;
  const step = work.step === 'fetch' ? 'fetched' : 'written to the other slot';
  return work.active
    ? `version ${work.version} is being ${step}, since ${work.at}`
    : `version ${work.version} was being ${step} when the update was interrupted, after ${work.at}; it is tried again`;
}
