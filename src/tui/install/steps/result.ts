/** How it ended, and what to do next. */
import { formatDuration, formatSize } from '../../../units.ts';
import { enter } from '../flow.ts';
import type { Key } from '../key.ts';
import { blank, prose, type Row, row } from '../row.ts';
import { type Failure, interruptionText } from '../run.ts';
import { type Change, type InstallerState, open, select } from '../state.ts';
import { moved, type Page, pointed, type View } from '../view.ts';

type Item = { readonly kind: 'reboot' | 'again' | 'save' | 'show' | 'leave'; readonly title: string };

export function pressResult(state: InstallerState, key: Key): Change {
  const items = itemsOf(state);
  const to = moved(key.name, state.selected.result, items.length);
  if (to !== undefined) return { state: select(state, to) };
  if (key.name !== 'enter' && key.name !== 'right') return { state };
  switch (items[state.selected.result]?.kind) {
    case 'reboot':
      return {
        state: open(state, { kind: 'busy', for: 'reboot', text: 'Restarting the machine.' }),
        effects: [{ kind: 'reboot' }],
      };
    case 'again':
      // What is on the disks has changed.
      return {
        state: { ...enter(state, 'disk'), disks: undefined, run: undefined },
        effects: [{ kind: 'disks' }],
      };
    case 'save':
      return {
        state: open(state, { kind: 'volumes', volumes: undefined, index: 0 }),
        effects: [{ kind: 'volumes' }],
      };
    case 'show':
      return { state: open(state, { kind: 'text', title: 'Log', lines: state.log, top: 0 }) };
    case 'leave':
      return { state, effects: [{ kind: 'leave' }] };
    default:
      return { state };
  }
}

function itemsOf({ run, facts }: InstallerState): readonly Item[] {
  const isInstalled = run?.end?.kind === 'installed';
  const reboot: readonly Item[] = facts.isLive ? [{ kind: 'reboot', title: 'Restart the machine' }] : [];
  return [
    ...(isInstalled ? reboot : [{ kind: 'again', title: 'Go back to the choice of the disk' } as const]),
    { kind: 'save', title: 'Save the log to a USB stick' },
    { kind: 'show', title: 'Show the log' },
    { kind: 'leave', title: facts.isLive ? 'Leave to a shell' : 'Leave the installer' },
    ...(isInstalled ? [] : reboot),
  ];
}

export function viewResult(state: InstallerState, page: Page): View {
  const text = endRows(state, page);
  const items = itemsOf(state);
  const lines = pointed(
    items.map(({ title }) => row(title)),
    state.selected.result,
    page.look,
  );
  // The choices stay on the screen, whatever a tool said.
  const room = Math.max(page.rows - items.length - 1, 3);
  const shown = text.length > room ? [...text.slice(0, room - 1), row(page.look.glyphs.ellipsis)] : text;
  return {
    title: state.run?.end?.kind === 'installed' ? 'Installed' : 'Not installed',
    rows: [...shown, blank, ...lines],
    focus: shown.length + 1 + state.selected.result,
    keys: [
      ['Up Down', 'select'],
      ['Enter', 'choose'],
    ],
  };
}

function endRows({ run, facts, draft }: InstallerState, page: Page): readonly Row[] {
  const end = run?.end;
  switch (end?.kind) {
    case 'installed': {
      const { disk, version, bytesWritten, durationMs, notes } = end.outcome;
      const done = `${facts.image.name} ${version} is installed on ${disk.replace(/^\/dev\//, '')}: ${formatSize(bytesWritten)} were written and read back in ${formatDuration(durationMs)}.`;
      const next = facts.isLive
        ? 'Next: restart the machine, and take out the medium it was started from (USB stick or virtual CD) while it restarts.'
        : 'Next: put the disk into its machine, or restart from it.';
      const login =
        draft.sshKeys.length > 0 ? `Then log in: ssh core@${draft.hostname ?? 'ADDRESS'}` : undefined;
      return [
        ...prose(done, page.columns, 'good'),
        blank,
        ...prose(next, page.columns),
        ...(login === undefined ? [] : prose(login, page.columns)),
        ...notes.flatMap((note) => [blank, ...prose(`Note: ${note}`, page.columns, 'warning')]),
      ];
    }
    case 'failed':
      return failureRows(end.failure, page);
    default:
      return [
        row('The installation was stopped.', 'warning'),
        blank,
        ...prose(interruptionText(run, draft.keepVar === true), page.columns),
      ];
  }
}

function failureRows({ summary, seen, needed, next }: Failure, page: Page): readonly Row[] {
  return [
    ...prose(`The installation failed: ${summary}.`, page.columns, 'bad'),
    ...(seen.length === 0 ? [] : [blank]),
    ...seen.flatMap((line) => prose(`  ${line}`, page.columns)),
    ...(needed === undefined ? [] : prose(`Needed: ${needed}`, page.columns)),
    ...(next.length === 0 ? [] : [blank]),
    ...next.flatMap((step) => prose(`Next: ${step}`, page.columns)),
  ];
}
