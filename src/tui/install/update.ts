/** From one state to the next: keys, and what comes from outside. Pure. */

import { faultText } from '../../install/configuration/fault.ts';
import { readSshKeys } from '../../install/configuration/ssh-keys.ts';
import type { InstallDisk } from '../../install/disk.ts';
import type { InstallEvent } from '../../install/events.ts';
import { withFaults, withFile } from './form.ts';
import type { Key } from './key.ts';
import { eventLines, outcomeLines } from './log.ts';
import type { Overlay } from './overlay.ts';
import { pressOverlay } from './overlay-keys.ts';
import type { InstallOutcome, RemovableFile, RemovableVolume } from './port.ts';
import { type Failure, reduceRun } from './run.ts';
import { type Change, close, type InstallerState, open, replace } from './state.ts';
import { pressConfirm } from './steps/confirm.ts';
import { pressDisk } from './steps/disk.ts';
import { addKeys, pressIdentity } from './steps/identity.ts';
import { pressKeep } from './steps/keep.ts';
import { pressNetwork } from './steps/network.ts';
import { pressResult } from './steps/result.ts';
import { pressReview } from './steps/review.ts';
import { acceptRoleText, pressRole } from './steps/role.ts';
import { pressWelcome } from './steps/welcome.ts';
import type { Page } from './view.ts';

/** What may happen. */
export type Input =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'disks'; readonly disks: readonly InstallDisk[] }
  | { readonly kind: 'files'; readonly files: readonly RemovableFile[] }
  | { readonly kind: 'volumes'; readonly volumes: readonly RemovableVolume[] }
  /** A text that was fetched or read; `where` names it in messages. */
  | { readonly kind: 'text'; readonly where: string; readonly text: string }
  | { readonly kind: 'saved'; readonly file: string }
  /** What was asked for outside did not work. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'event'; readonly event: InstallEvent }
  | { readonly kind: 'installed'; readonly outcome: InstallOutcome }
  | { readonly kind: 'install-failed'; readonly failure: Failure; readonly isInterrupted: boolean }
  /** Time went by. */
  | { readonly kind: 'tick' };

/** When it happens, and how large a screen is. */
export interface Moment {
  readonly nowMs: number;
  readonly page: Page;
}

export function update(state: InstallerState, input: Input, moment: Moment): Change {
  switch (input.kind) {
    case 'key':
      return pressKey(state, input.key, moment);
    case 'disks':
      return { state: { ...state, disks: input.disks, selected: { ...state.selected, disk: 0 } } };
    case 'files':
    case 'volumes':
      return { state: fillList(state, input) };
    case 'text':
      return { state: takeText(state, input.where, input.text) };
    case 'saved': {
      const lines = [`The log was written to ${input.file}.`, '', 'The stick can be removed.'];
      return { state: open(close(close(state)), { kind: 'notice', title: 'Saved', lines }) };
    }
    case 'failed':
      return { state: tellFailure(state, input.message) };
    case 'event':
    case 'installed':
    case 'install-failed':
    case 'tick':
      return { state: runOn(state, input, moment.nowMs) };
  }
}

function pressKey(state: InstallerState, key: Key, { nowMs, page }: Moment): Change {
  if (key.name === 'redraw') return { state, effects: [{ kind: 'redraw' }] };
  const overlay = state.overlays.at(-1);
  if (key.name === 'interrupt') {
    if (overlay?.kind === 'leave') return { state: close(state) };
    if (state.run?.isStopping && state.run.end === undefined) return { state };
    return { state: open(state, { kind: 'leave', index: 0 }) };
  }
  if (overlay !== undefined) return pressOverlay(state, overlay, key, page);
  switch (state.step) {
    case 'welcome':
      return pressWelcome(state, key);
    case 'disk':
      return pressDisk(state, key);
    case 'keep':
      return pressKeep(state, key);
    case 'network':
      return pressNetwork(state, key);
    case 'identity':
      return pressIdentity(state, key);
    case 'role':
      return pressRole(state, key);
    case 'review':
      return pressReview(state, key, page);
    case 'confirm':
      return pressConfirm(state, key, nowMs);
    case 'progress':
      return { state };
    case 'result':
      return pressResult(state, key);
  }
}

/** A list that was waited for; when it was given up meanwhile, nothing. */
function fillList(
  state: InstallerState,
  input: Extract<Input, { kind: 'files' | 'volumes' }>,
): InstallerState {
  return changeOverlay(state, input.kind, (overlay) => ({ ...overlay, ...input, index: 0 }) as Overlay);
}

function changeOverlay(
  state: InstallerState,
  kind: Overlay['kind'],
  change: (overlay: Overlay) => Overlay,
): InstallerState {
  const at = state.overlays.findLastIndex((overlay) => overlay.kind === kind);
  return {
    ...state,
    overlays: state.overlays.map((overlay, index) => (index === at ? change(overlay) : overlay)),
  };
}

/** Gives a text to what asked for it: the form or list behind the sign that says to wait. */
function takeText(state: InstallerState, where: string, text: string): InstallerState {
  const waiting = withoutBusy(state);
  if (waiting === undefined) return state;
  const asker = waiting.overlays.at(-1);
  if (asker?.kind === 'files' && asker.purpose.kind === 'field') {
    const { field } = asker.purpose;
    return changeOverlay(close(waiting), 'form', (overlay) =>
      overlay.kind === 'form' ? { ...overlay, form: withFile(overlay.form, field, text.trimEnd()) } : overlay,
    );
  }
  const isForKeys =
    (asker?.kind === 'files' && asker.purpose.kind === 'keys') ||
    (asker?.kind === 'form' && asker.purpose.kind === 'key-url');
  if (!isForKeys) return acceptRoleText(close(waiting), where, text);
  const { keys, fault } = readSshKeys(text);
  return fault === undefined ? addKeys(close(waiting), keys) : tell(waiting, `${where}: ${faultText(fault)}`);
}

function tellFailure(state: InstallerState, message: string): InstallerState {
  return tell(withoutBusy(state) ?? state, message);
}

/** Shows what is wrong where it can be mended. */
function tell(state: InstallerState, message: string): InstallerState {
  const overlay = state.overlays.at(-1);
  if (overlay?.kind === 'form')
    return replace(state, { ...overlay, form: withFaults(overlay.form, { url: message }) });
  return open(state, { kind: 'notice', title: 'That did not work', lines: [message] });
}

/** Undefined when nobody waits any more. */
function withoutBusy(state: InstallerState): InstallerState | undefined {
  const at = state.overlays.findLastIndex(({ kind }) => kind === 'busy');
  return at < 0 ? undefined : { ...state, overlays: state.overlays.filter((_, index) => index !== at) };
}

function runOn(
  state: InstallerState,
  input: Extract<Input, { kind: 'event' | 'installed' | 'install-failed' | 'tick' }>,
  nowMs: number,
): InstallerState {
  const { run } = state;
  if (run === undefined || run.end !== undefined) return state;
  switch (input.kind) {
    case 'tick':
      return { ...state, run: { ...run, nowMs } };
    case 'event': {
      const log = [...state.log, ...eventLines(input.event, nowMs - run.startedAtMs)];
      return { ...state, run: reduceRun(run, input.event, nowMs), log };
    }
    case 'installed':
    case 'install-failed': {
      const end =
        input.kind === 'installed'
          ? ({ kind: 'installed', outcome: input.outcome } as const)
          : input.isInterrupted
            ? ({ kind: 'stopped' } as const)
            : ({ kind: 'failed', failure: input.failure } as const);
      return {
        ...state,
        step: 'result',
        run: { ...run, end },
        // A question whether to stop has no sense any more.
        overlays: state.overlays.filter(({ kind }) => kind !== 'leave'),
        selected: { ...state.selected, result: 0 },
        log: [...state.log, ...outcomeLines(end, nowMs - run.startedAtMs)],
      };
    }
  }
}
