/** All that the installer's screens show, as plain data. */
import type { Answers } from '../../install/configuration/answers.ts';
import type { InstallDisk } from '../../install/disk.ts';
import { type Overlay, overlayBelow } from './overlay.ts';
import type { InstallerFacts } from './port.ts';
import type { Run } from './run.ts';
import { type TextField, textField } from './text-field.ts';

/** Steps that a person goes through by their own keys, in their order. */
export const askedNames = [
  'welcome',
  'disk',
  'keep',
  'network',
  'identity',
  'role',
  'review',
  'confirm',
] as const;
/** After those, what goes on and how it ended are shown. */
const stepNames = [...askedNames, 'progress', 'result'] as const;
export type StepName = (typeof stepNames)[number];

/** What was chosen so far; stays when somebody goes back. */
export interface Draft extends Answers {
  /** Path of the chosen disk. */
  readonly disk: string | undefined;
  /** Undefined until it was asked. */
  readonly keepVar: boolean | undefined;
}

export interface InstallerState {
  readonly facts: InstallerFacts;
  /** Undefined while they are looked for. */
  readonly disks: readonly InstallDisk[] | undefined;
  readonly step: StepName;
  readonly draft: Draft;
  /** The selected row of each step's list; the first line shown of what scrolls. */
  readonly selected: Readonly<Record<StepName, number>>;
  /** Why the last key did nothing. */
  readonly problem: string | undefined;
  /** On top of the step, the last one in front. */
  readonly overlays: readonly Overlay[];
  readonly run: Run | undefined;
  /** What was typed to confirm. */
  readonly typed: TextField;
  /** Lines for the log that can be saved. */
  readonly log: readonly string[];
}

/** What is to be done outside. Those that answer do so with an input of the same name. */
export type Effect =
  | { readonly kind: 'disks' }
  | { readonly kind: 'fetch'; readonly url: string }
  | { readonly kind: 'stop-fetching' }
  | { readonly kind: 'files' }
  | { readonly kind: 'read-file'; readonly id: string; readonly title: string }
  | { readonly kind: 'install' }
  | { readonly kind: 'abort' }
  | { readonly kind: 'volumes' }
  | { readonly kind: 'save-log'; readonly volume: string }
  | { readonly kind: 'reboot' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'leave' };

/** A new state and what is to be done. */
export interface Change {
  readonly state: InstallerState;
  readonly effects?: readonly Effect[];
}

/** The state before the first key. */
export function startState(facts: InstallerFacts): InstallerState {
  const selected = Object.fromEntries(stepNames.map((name) => [name, 0])) as Record<StepName, number>;
  return {
    facts,
    disks: undefined,
    step: 'welcome',
    draft: {
      disk: undefined,
      keepVar: undefined,
      hostname: undefined,
      sshKeys: [],
      network: { cards: [], bonds: [], vlans: [] },
      role: undefined,
    },
    selected,
    problem: undefined,
    overlays: [],
    run: undefined,
    typed: textField(),
    log: [],
  };
}

/** The chosen disk, as it was last seen. */
export function chosenDisk({ disks, draft }: InstallerState): InstallDisk | undefined {
  return disks?.find(({ path }) => path === draft.disk);
}

/** The state with another selected row in its step, and no problem. */
export function select(state: InstallerState, index: number): InstallerState {
  return { ...state, problem: undefined, selected: { ...state.selected, [state.step]: index } };
}

/** The state with other answers. */
export function answer(state: InstallerState, answers: Partial<Draft>): InstallerState {
  return { ...state, problem: undefined, draft: { ...state.draft, ...answers } };
}

/** The state with something in front. */
export function open(state: InstallerState, overlay: Overlay): InstallerState {
  return { ...state, problem: undefined, overlays: [...state.overlays, overlay] };
}

/** The state without what is in front. */
export function close(state: InstallerState): InstallerState {
  return { ...state, overlays: overlayBelow(state.overlays) };
}

/** The state with something else in front. */
export function replace(state: InstallerState, overlay: Overlay): InstallerState {
  return { ...state, overlays: [...overlayBelow(state.overlays), overlay] };
}

/** The state with a reason why nothing happened. */
export function refuse(state: InstallerState, problem: string): InstallerState {
  return { ...state, problem };
}
