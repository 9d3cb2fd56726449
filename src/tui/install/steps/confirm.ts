/** The last question: the name of the disk, typed. */
import { shorten } from '../../cells.ts';
import { back } from '../flow.ts';
import type { Key } from '../key.ts';
import { blank, prose, type Row, row } from '../row.ts';
import { startRun } from '../run.ts';
import { type Change, chosenDisk, type InstallerState, refuse } from '../state.ts';
import { pressText, textField } from '../text-field.ts';
import type { Page, View } from '../view.ts';

export function pressConfirm(state: InstallerState, key: Key, nowMs: number): Change {
  const { typed } = state;
  if (key.name === 'escape') return { state: { ...back(state), typed: textField() } };
  if (key.name === 'enter') return accept(state, typed.text.trim(), nowMs);
  const edited = pressText(typed, key);
  return { state: edited === undefined ? state : { ...state, problem: undefined, typed: edited } };
}

function accept(state: InstallerState, name: string, nowMs: number): Change {
  const disk = chosenDisk(state);
  if (disk === undefined || disk.refusal !== undefined)
    return { state: refuse(state, 'The disk is not there any more. Esc leads back.') };
  if (name === '') return { state: refuse(state, `Type ${disk.name} to go on.`) };
  if (name !== disk.name)
    return { state: refuse(state, `"${shorten(name, 24)}" is not ${disk.name}. Nothing was written.`) };
  const run = startRun(nowMs);
  return {
    state: { ...state, step: 'progress', problem: undefined, typed: textField(), run },
    effects: [{ kind: 'install' }],
  };
}

export function viewConfirm(state: InstallerState, page: Page): View {
  const { typed } = state;
  const disk = chosenDisk(state);
  const name = disk?.name ?? '';
  const keeps = state.draft.keepVar === true;
  const what = keeps
    ? `One system slot of ${name} will be written anew. Its /var stays.`
    : `Everything on ${name} will be erased. It cannot be brought back.`;
  const label = `Type ${name} to ${keeps ? 'write to it' : 'erase it'}: `;
  const above: readonly Row[] = [
    ...prose(what, page.columns, keeps ? undefined : 'strong'),
    blank,
    row([disk?.model, disk?.serial].filter((part) => part !== undefined).join(', serial '), 'quiet'),
    blank,
  ];
  return {
    title: 'Confirm',
    rows: [...above, [{ text: label }, { text: typed.text, tone: 'strong' }]],
    focus: above.length,
    cursor: { row: above.length, column: Math.min(label.length + typed.at, page.columns - 1) },
    keys: [
      ['Enter', keeps ? 'install' : 'erase and install'],
      ['Esc', 'back'],
    ],
  };
}
