/** Which disk: a table of them, and all that is known of the highlighted one. */
import type { InstallDisk } from '../../../install/disk.ts';
import { formatSize } from '../../../units.ts';
import { left, right } from '../../cells.ts';
import { busText, contentsText, fileSystemText, partitionText } from '../disk-text.ts';
import { back, forward, guard } from '../flow.ts';
import type { Key } from '../key.ts';
import { blank, prose, type Row, row } from '../row.ts';
import { answer, type Change, type InstallerState, refuse, select } from '../state.ts';
import { moved, type Page, pointed, type View, windowOf } from '../view.ts';

/** Rows that the highlighted disk's details take. */
const DETAIL_ROWS = 8;
const MOST_PARTITIONS = 4;

export function pressDisk(state: InstallerState, key: Key): Change {
  const disks = offered(state);
  const to = moved(key.name, state.selected.disk, disks.length);
  if (to !== undefined) return { state: select(state, to) };
  if (key.name === 'text' && key.text.toLowerCase() === 'r')
    return { state: { ...state, disks: undefined, problem: undefined }, effects: [{ kind: 'disks' }] };
  if (key.name === 'escape' || key.name === 'left') return { state: back(state) };
  if (key.name !== 'enter' && key.name !== 'right') return { state };
  const disk = disks[state.selected.disk];
  if (disk === undefined) return { state: refuse(state, guard(state) ?? '') };
  const chosen = answer(state, {
    disk: disk.path,
    // Another disk is another question.
    ...(disk.path === state.draft.disk ? {} : { keepVar: undefined }),
  });
  return { state: forward(chosen) };
}

/** Those that can be chosen come first. */
function offered({ disks }: InstallerState): readonly InstallDisk[] {
  const all = disks ?? [];
  return [
    ...all.filter(({ refusal }) => refusal === undefined),
    ...all.filter(({ refusal }) => refusal !== undefined),
  ];
}

export function viewDisk(state: InstallerState, page: Page): View {
  const { selected } = state;
  const keys: View['keys'] = [
    ['Up Down', 'highlight'],
    ['Enter', 'choose'],
    ['R', 'look again'],
    ['Esc', 'back'],
  ];
  if (state.disks === undefined) return { title: 'Disk', rows: [row('Looking for disks…')], keys };
  const disks = offered(state);
  if (disks.length === 0)
    return {
      title: 'Disk',
      rows: [
        row('No disks were found.', 'warning'),
        blank,
        ...prose(
          'A RAID controller shows a disk only when a volume, or a disk passed through, is configured on it. R looks again.',
          page.columns,
        ),
      ],
      keys,
    };
  const room = Math.max(page.rows - DETAIL_ROWS - 4, 3);
  const { from, shown } = windowOf(disks, selected.disk, room);
  const table = pointed(
    shown.map((disk) => diskRow(disk)),
    selected.disk - from,
    page.look,
  );
  const hidden = disks.length - shown.length;
  const rows: readonly Row[] = [
    row('Which disk should Basalt be installed on?'),
    blank,
    row(`  ${headings()}${hidden > 0 ? `  (${disks.length} disks)` : ''}`, 'quiet'),
    ...table,
    blank,
    ...detailRows(disks[selected.disk], page),
  ];
  return { title: 'Disk', rows, focus: 3 + selected.disk - from, keys };
}

const WIDTHS = { name: 9, model: 20, size: 9, bus: 7, sector: 6 };

function headings(): string {
  return [
    left('Name', WIDTHS.name),
    left('Model', WIDTHS.model),
    right('Size', WIDTHS.size),
    '  ',
    left('Bus', WIDTHS.bus),
    left('Sect.', WIDTHS.sector),
    'On it',
  ].join('');
}

function diskRow(disk: InstallDisk): Row {
  const text = [
    left(disk.name, WIDTHS.name),
    left(disk.model ?? 'unknown', WIDTHS.model - 1),
    ' ',
    right(formatSize(disk.sizeBytes), WIDTHS.size),
    '  ',
    left(busText(disk), WIDTHS.bus),
    left(String(disk.sectorBytes), WIDTHS.sector),
    disk.refusal ?? contentsText(disk),
  ].join('');
  return row(text, disk.refusal === undefined ? undefined : 'quiet');
}

function detailRows(disk: InstallDisk | undefined, page: Page): readonly Row[] {
  if (disk === undefined) return [];
  const { partitions, signatures, basalt, table } = disk.contents;
  const whole = signatures.map(fileSystemText).join(', ');
  const more = partitions.length - MOST_PARTITIONS;
  return [
    row([disk.model ?? 'A disk without a name', ...kindOf(disk)].join(', '), 'strong'),
    pair('Serial', disk.serial, 'WWN', disk.wwn),
    ...(disk.refusal === undefined
      ? []
      : prose(`Not offered: ${disk.refusal}`, page.columns, 'warning').slice(0, 2)),
    ...(basalt?.interrupted
      ? [row(`An installation${versionsText(basalt.versions)} was interrupted on this disk.`, 'warning')]
      : []),
    ...(whole === '' ? [] : [row(`On the whole disk: ${whole}`)]),
    ...(partitions.length === 0 && whole === '' && disk.refusal === undefined
      ? [row(table === undefined ? 'Nothing is on it.' : 'A partition table without partitions.')]
      : []),
    ...partitions.slice(0, MOST_PARTITIONS).map((partition) => row(`${partitionText(partition)}`)),
    ...(more > 0 ? [row(`${page.look.glyphs.ellipsis} ${more} more`, 'quiet')] : []),
  ];
}

/** Sticks and virtual disks say of themselves that they turn, or do not, without meaning it. */
function kindOf({ bus, rotational }: InstallDisk): readonly string[] {
  if (bus === 'nvme') return ['solid state'];
  return bus === 'sata' || bus === 'sas' ? [rotational ? 'hard disk' : 'solid state'] : [];
}

function versionsText(versions: readonly string[]): string {
  return versions.length === 0 ? '' : ` of ${versions.join(', ')}`;
}

function pair(label: string, value: string | undefined, other: string, second: string | undefined): Row {
  return [
    { text: `${label} `, tone: 'quiet' },
    { text: left(value ?? 'not told', 28) },
    { text: `${other} `, tone: 'quiet' },
    { text: second ?? 'none' },
  ];
}
