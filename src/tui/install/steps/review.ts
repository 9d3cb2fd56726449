/** All that will happen, before it happens. */
import { makeCloudConfig } from '../../../install/configuration/make-cloud-config.ts';
import { formatSize } from '../../../units.ts';
import { diskChange } from '../disk-change.ts';
import { busText } from '../disk-text.ts';
import { back, forward } from '../flow.ts';
import type { Key } from '../key.ts';
import { blank, prose, type Row, row } from '../row.ts';
import { shownConfig } from '../shown-config.ts';
import { type Change, chosenDisk, type InstallerState, select } from '../state.ts';
import { moved, type Page, type View } from '../view.ts';

export function pressReview(state: InstallerState, key: Key, page: Page): Change {
  const count = reviewRows(state, page).length;
  const to = moved(key.name, state.selected.review, Math.max(count - page.rows + 1, 1), page.rows - 2);
  if (to !== undefined) return { state: select(state, to) };
  if (key.name === 'escape' || key.name === 'left') return { state: back(state) };
  return key.name === 'enter' || key.name === 'right' ? { state: forward(state) } : { state };
}

export function viewReview(state: InstallerState, page: Page): View {
  const rows = reviewRows(state, page);
  const top = Math.min(state.selected.review, Math.max(rows.length - page.rows, 0));
  const rest = rows.length - top - page.rows;
  const shown = rows.slice(top, top + page.rows - (rest > 0 ? 1 : 0));
  const more =
    rest > 0 ? [row(`${page.look.glyphs.ellipsis} ${rest + 1} more lines, Down shows them`, 'quiet')] : [];
  return {
    title: 'Review',
    rows: [...shown, ...more],
    keys: [
      ...(rows.length > page.rows ? ([['Up Down', 'read']] as const) : []),
      ['Enter', 'go on'],
      ['Esc', 'back'],
    ],
  };
}

function reviewRows(state: InstallerState, page: Page): readonly Row[] {
  const { facts, draft } = state;
  const disk = chosenDisk(state);
  if (disk === undefined) return [row('No disk is chosen.', 'warning')];
  const keeps = draft.keepVar === true;
  const name = [disk.model, disk.serial].filter((part) => part !== undefined).join(', serial ');
  return [
    row(`${disk.name}: ${name === '' ? 'a disk without a name' : name}`, 'strong'),
    row(`${formatSize(disk.sizeBytes)}, ${busText(disk)}, sectors of ${disk.sectorBytes} bytes`),
    blank,
    ...diskChange(disk, facts.layout, keeps, facts.image.version),
    blank,
    ...configurationRows(state, page),
  ];
}

function configurationRows({ draft, facts }: InstallerState, page: Page): readonly Row[] {
  const made = makeCloudConfig(
    draft,
    facts.machine.cards.map(({ name }) => name),
  );
  if (made.kind === 'refused')
    return made.problems.flatMap(({ message, hint }) => prose(`${message}; ${hint}`, page.columns, 'bad'));
  const notes = made.notes.flatMap((note) => prose(`Note: ${note}`, page.columns, 'warning'));
  if (made.text === undefined && draft.keepVar === true)
    return [row('  No new configuration: the one of the earlier installation stays.')];
  if (made.text === undefined) return [...notes, row('+ no configuration', 'good')];
  return [
    ...notes,
    row('+ the configuration', 'good'),
    ...shownConfig(made.text, draft.role).map((line) => row(`    ${line}`)),
  ];
}
