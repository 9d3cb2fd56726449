/** The installer's screen: where one is, the step or what is in front of it, and the keys that do something. */
import { Box, Text } from 'ink';
import { left } from '../cells.ts';
import type { Look } from '../look.ts';
import { useLook } from '../look.ts';
import { askedSteps } from './flow.ts';
import { viewOverlay } from './overlay-view.ts';
import { blank, prose, type Row, row, rowText } from './row.ts';
import type { CursorPlace } from './screen-writer.ts';
import type { InstallerState, StepName } from './state.ts';
import { viewConfirm } from './steps/confirm.ts';
import { viewDisk } from './steps/disk.ts';
import { viewIdentity } from './steps/identity.ts';
import { viewKeep } from './steps/keep.ts';
import { viewNetwork } from './steps/network.ts';
import { viewProgress } from './steps/progress.ts';
import { viewResult } from './steps/result.ts';
import { viewReview } from './steps/review.ts';
import { viewRole } from './steps/role.ts';
import { viewWelcome } from './steps/welcome.ts';
import type { KeyHint, Page, View } from './view.ts';

/** The smallest terminal that everything is made for: that of a serial console. */
const WANTED = { columns: 80, rows: 24 };

/** Two lines and an empty one above, two below. */
const FRAME_ROWS = 5;

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The room between head and foot. */
export function pageOf({ columns, rows }: ScreenSize, look: Look): Page {
  const warning = columns < WANTED.columns || rows < WANTED.rows ? 1 : 0;
  return {
    // One column stays free at the right: some terminals wrap when the last one is written.
    columns: Math.max(columns - 1, 20),
    rows: Math.max(rows - FRAME_ROWS - warning, 3),
    look,
  };
}

/** A whole screen, and where the text cursor is. */
export interface Screen {
  readonly head: readonly Row[];
  readonly body: readonly Row[];
  readonly foot: readonly Row[];
  readonly cursor: CursorPlace | undefined;
}

/** Makes the rows of a screen: exactly as many as the terminal has. */
export function screenOf(state: InstallerState, size: ScreenSize, look: Look): Screen {
  const page = pageOf(size, look);
  const view = viewOf(state, page);
  const warning =
    size.columns < WANTED.columns || size.rows < WANTED.rows
      ? [row(`This terminal is ${size.columns}x${size.rows}; 80x24 shows more.`, 'warning')]
      : [];
  const head = [...warning, headRow(state, page), row(look.glyphs.rule.repeat(page.columns), 'quiet')];
  const problem = state.overlays.length === 0 && state.problem !== undefined ? state.problem : undefined;
  const told = problem === undefined ? [] : prose(`! ${problem}`, page.columns, 'bad').slice(0, 3);
  // What was refused counts more than what is told of a row; a row of the screen itself counts most.
  const all = [...(view.below ?? []).slice(0, 3), ...told];
  const below = all.slice(Math.max(all.length - page.rows + 3, 0));
  const room = Math.max(page.rows - (below.length === 0 ? 0 : below.length + 1), 1);
  const { rows, from } = fitted(view, room, look);
  const body = [
    row(view.title, 'strong'),
    ...rows,
    ...Array<Row>(Math.max(room - rows.length, 0)).fill(blank),
    ...(below.length === 0 ? [] : [blank, ...below]),
  ];
  const cursor = view.cursor;
  const isSeen = cursor !== undefined && cursor.row >= from && cursor.row < from + rows.length;
  return {
    head,
    body,
    foot: [row(look.glyphs.rule.repeat(page.columns), 'quiet'), keysRow(view.keys)],
    cursor: isSeen ? { row: head.length + 1 + cursor.row - from, column: cursor.column } : undefined,
  };
}

/** The rows that fit, with the one that must be seen and what is told below it; a sign where others are left out. */
function fitted(
  { rows, focus = 0 }: View,
  room: number,
  { glyphs }: Look,
): { readonly rows: readonly Row[]; readonly from: number } {
  if (rows.length <= room) return { rows, from: 0 };
  const from = Math.min(Math.max(focus - room + Math.min(4, room - 1), 0), rows.length - room);
  const more = row(glyphs.ellipsis, 'quiet');
  const shown = rows.slice(from, from + room);
  const last = shown.length - 1;
  const isCut = (index: number) =>
    (index === 0 && from > 0 && focus > from) ||
    (index === last && from + room < rows.length && focus < from + last);
  return { rows: shown.map((each, index) => (isCut(index) ? more : each)), from };
}

function viewOf(state: InstallerState, page: Page): View {
  const overlay = state.overlays.at(-1);
  if (overlay !== undefined) return viewOverlay(overlay, state, page);
  switch (state.step) {
    case 'welcome':
      return viewWelcome(state, page);
    case 'disk':
      return viewDisk(state, page);
    case 'keep':
      return viewKeep(state, page);
    case 'network':
      return viewNetwork(state, page);
    case 'identity':
      return viewIdentity(state, page);
    case 'role':
      return viewRole(state, page);
    case 'review':
      return viewReview(state, page);
    case 'confirm':
      return viewConfirm(state, page);
    case 'progress':
      return viewProgress(state, page);
    case 'result':
      return viewResult(state, page);
  }
}

/** What the steps are called in the head, where there is room for a word each. */
const NAMES: Readonly<Partial<Record<StepName, string>>> = {
  disk: 'Disk',
  keep: 'Data',
  network: 'Network',
  identity: 'Name',
  role: 'Role',
  review: 'Review',
  progress: 'Install',
};

function headRow(state: InstallerState, { columns, look }: Page): Row {
  const title = `Basalt ${state.facts.image.version}`;
  const current = state.step === 'confirm' ? 'review' : state.step === 'result' ? 'progress' : state.step;
  const steps = [...askedSteps(state), 'progress' as const].filter((name) => NAMES[name] !== undefined);
  const words = steps.map((name) => (name === current ? `[${NAMES[name]}]` : ` ${NAMES[name]} `));
  const width = words.join('').length;
  // The line is for the steps; the name gives way.
  if (width + 10 > columns) return [{ text: title, tone: 'strong' }];
  return [
    { text: left(title, columns - width, look.glyphs.ellipsis), tone: 'strong' },
    ...words.map((text, index) => ({
      text: index === words.length - 1 ? text.trimEnd() : text,
      tone: steps[index] === current ? ('accent' as const) : ('quiet' as const),
    })),
  ];
}

function keysRow(keys: readonly KeyHint[]): Row {
  return keys.flatMap(([key, does], index) => [
    { text: index === 0 ? key : `   ${key}`, tone: 'strong' as const },
    { text: ` ${does}`, tone: 'quiet' as const },
  ]);
}

/** Draws a screen. */
export function InstallerView({ screen, columns }: { screen: Screen; columns: number }) {
  return (
    <Box flexDirection="column">
      <Rows rows={screen.head} columns={columns} />
      <Rows rows={screen.body} columns={columns} />
      <Rows rows={screen.foot} columns={columns} />
    </Box>
  );
}

function Rows({ rows, columns }: { rows: readonly Row[]; columns: number }) {
  const look = useLook();
  return <Text wrap="truncate-end">{rows.map((spans) => rowText(spans, columns, look)).join('\n')}</Text>;
}
