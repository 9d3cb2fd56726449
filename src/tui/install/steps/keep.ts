/** What becomes of the data of an earlier installation. */
import { back, forward } from '../flow.ts';
import type { Key } from '../key.ts';
import { blank, prose } from '../row.ts';
import { answer, type Change, chosenDisk, type InstallerState, select } from '../state.ts';
import { moved, type Page, pointed, type View } from '../view.ts';

const CHOICES = [
  {
    keepVar: true,
    title: 'Keep the data',
    text: 'The system is replaced. /var stays: containers, volumes, home folders, the journal, and changes to /etc.',
  },
  {
    keepVar: false,
    title: 'Erase everything',
    text: 'The disk is partitioned anew. Nothing of what is on it stays.',
  },
] as const;

export function pressKeep(state: InstallerState, key: Key): Change {
  const to = moved(key.name, state.selected.keep, CHOICES.length);
  if (to !== undefined) return { state: select(state, to) };
  if (key.name === 'escape' || key.name === 'left') return { state: back(state) };
  if (key.name !== 'enter' && key.name !== 'right') return { state };
  return { state: forward(answer(state, { keepVar: CHOICES[state.selected.keep]?.keepVar ?? true })) };
}

export function viewKeep(state: InstallerState, page: Page): View {
  const disk = chosenDisk(state);
  const versions = disk?.contents.basalt?.versions.join(', ') ?? '';
  const intro = `${disk?.name ?? 'The disk'} has Basalt ${versions} and its data. What should become of the data?`;
  const rows = CHOICES.flatMap((choice, index) => [
    ...pointed([[{ text: choice.title }]], index === state.selected.keep ? 0 : -1, page.look),
    ...prose(choice.text, page.columns - 4).map((line) => [{ text: '    ' }, ...line]),
    blank,
  ]);
  return {
    title: 'Data',
    rows: [...prose(intro, page.columns), blank, ...rows],
    focus: 2 + state.selected.keep * 3,
    keys: [
      ['Up Down', 'select'],
      ['Enter', 'choose'],
      ['Esc', 'back'],
    ],
  };
}
