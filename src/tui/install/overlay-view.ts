/** What is in front of a step, as rows. */
import type { Tone } from '../../report/paint.ts';
import { left } from '../cells.ts';
import { type Field, focusedField, shownFields } from './form.ts';
import type { Overlay } from './overlay.ts';
import { blank, prose, type Row, row } from './row.ts';
import { interruptionText } from './run.ts';
import type { InstallerState } from './state.ts';
import { visiblePart } from './text-field.ts';
import { type Page, pointed, type View, windowOf } from './view.ts';

const MOST_LABEL_COLUMNS = 18;

export function viewOverlay(overlay: Overlay, state: InstallerState, page: Page): View {
  switch (overlay.kind) {
    case 'form':
      return viewForm(overlay, page);
    case 'files':
      return viewList(
        'Files',
        overlay.files?.map(({ title }) => title),
        overlay.index,
        'No small files were found on USB sticks or discs. Plug one in, then press R.',
        page,
      );
    case 'volumes':
      return viewList(
        'Save the log',
        overlay.volumes?.map(({ title }) => title),
        overlay.index,
        'No USB stick with a file system was found. Plug one in, then press R.',
        page,
      );
    case 'text':
      return viewText(overlay, page);
    case 'busy':
      return {
        title: 'Please wait',
        rows: [row(overlay.text)],
        keys: overlay.for === 'fetch' ? [['Esc', 'give up']] : [],
      };
    case 'leave':
      return viewLeave(overlay.index, state, page);
    case 'notice':
      return {
        title: overlay.title,
        rows: overlay.lines.flatMap((line) => (line === '' ? [blank] : prose(line, page.columns))),
        keys: [['Enter', 'go on']],
      };
  }
}

function viewForm({ form }: Extract<Overlay, { kind: 'form' }>, page: Page): View {
  const fields = shownFields(form);
  const labels = Math.min(
    Math.max(...form.fields.map(({ label }) => label.length), 4) + 2,
    MOST_LABEL_COLUMNS,
  );
  const rows: Row[] = [...prose(form.intro, page.columns), blank];
  let cursor: View['cursor'];
  let focus = rows.length;
  for (const [index, field] of fields.entries()) {
    const isFocused = index === form.focus;
    if (isFocused) focus = rows.length;
    const column = 2 + labels;
    const value = fieldValue(field, page.columns - column, isFocused, page);
    if (isFocused && value.column !== undefined) cursor = { row: rows.length, column: column + value.column };
    rows.push([
      { text: isFocused ? `${page.look.glyphs.pointer} ` : '  ', tone: 'accent' },
      { text: left(field.label, labels), tone: isFocused ? 'strong' : 'quiet' },
      { text: value.text, tone: value.tone },
    ]);
    const fault = form.faults[field.id];
    if (fault !== undefined)
      rows.push(
        ...prose(`! ${fault}`, page.columns - column, 'bad').map((line) => [
          { text: ' '.repeat(column) },
          ...line,
        ]),
      );
  }
  if (form.button !== undefined) {
    const isFocused = form.focus >= fields.length;
    if (isFocused) focus = rows.length + 1;
    rows.push(blank, ...pointed([row(form.button)], isFocused ? 0 : -1, page.look));
  }
  const whole = form.faults[''];
  if (whole !== undefined) rows.push(blank, ...prose(`! ${whole}`, page.columns, 'bad'));
  const hint = focusedField(form)?.hint;
  return {
    title: form.title,
    rows,
    focus,
    cursor,
    below: hint === undefined ? [] : prose(hint, page.columns, 'quiet'),
    keys: formKeys(focusedField(form), form.button, fields.length),
  };
}

function formKeys(field: Field | undefined, button: string | undefined, count: number): View['keys'] {
  const own: Readonly<Record<Field['kind'], View['keys']>> = {
    text: [['Ctrl-U', 'clear']],
    choice: [['Left Right', 'change']],
    check: [['Space', 'mark']],
    file: [['Del', 'clear']],
  };
  const enter =
    field === undefined || (button === undefined && count === 1)
      ? 'accept'
      : field.kind === 'file'
        ? 'file'
        : 'next';
  return [
    ...(count > 1 ? ([['Up Down', 'move']] as const) : []),
    ...(field === undefined ? [] : own[field.kind]),
    ['Enter', enter],
    ['Esc', 'cancel'],
  ];
}

function fieldValue(
  field: Field,
  width: number,
  isFocused: boolean,
  { look }: Page,
): { readonly text: string; readonly column?: number; readonly tone?: Tone } {
  switch (field.kind) {
    case 'text': {
      const shown = field.isSecret
        ? { ...field.value, text: '*'.repeat(field.value.text.length) }
        : field.value;
      if (isFocused) return visiblePart(shown, width, look.glyphs.ellipsis);
      return shown.text === '' ? { text: field.placeholder ?? '', tone: 'quiet' } : { text: shown.text };
    }
    case 'choice': {
      const title = field.choices.find(({ value }) => value === field.value)?.title ?? field.value;
      return { text: isFocused ? `< ${title} >` : title };
    }
    case 'check':
      return { text: field.value ? '[x]' : '[ ]' };
    case 'file': {
      const lines = field.value.trimEnd().split('\n').length;
      return {
        text: field.value === '' ? 'no file' : `a text of ${lines} ${lines === 1 ? 'line' : 'lines'}`,
      };
    }
  }
}

function viewList(
  title: string,
  items: readonly string[] | undefined,
  index: number,
  none: string,
  page: Page,
): View {
  const keys: View['keys'] = [
    ['Up Down', 'select'],
    ['Enter', 'choose'],
    ['R', 'look again'],
    ['Esc', 'cancel'],
  ];
  if (items === undefined)
    return { title, rows: [row('Looking for removable media…')], keys: [['Esc', 'cancel']] };
  if (items.length === 0) return { title, rows: prose(none, page.columns), keys: keys.slice(2) };
  const { from, shown } = windowOf(items, index, page.rows);
  const rows = pointed(
    shown.map((item) => row(item)),
    index - from,
    page.look,
  );
  return { title, rows, focus: index - from, keys };
}

function viewText({ title, lines, top }: Extract<Overlay, { kind: 'text' }>, page: Page): View {
  const keys: View['keys'] = [
    ...(lines.length > page.rows ? ([['Up Down', 'read']] as const) : []),
    ['Esc', 'close'],
  ];
  return { title, rows: lines.slice(top, top + page.rows).map((line) => row(line)), keys };
}

function viewLeave(index: number, { run, draft }: InstallerState, page: Page): View {
  const isRunning = run !== undefined && run.end === undefined;
  const question = isRunning ? 'Stop the installation?' : 'Leave the installer?';
  const means = isRunning
    ? interruptionText(run, draft.keepVar === true)
    : run === undefined
      ? 'Nothing was written.'
      : 'What was installed stays.';
  const choices = isRunning ? ['Go on installing', 'Stop'] : ['Stay', 'Leave'];
  const above = prose(means, page.columns);
  return {
    title: question,
    rows: [
      ...above,
      blank,
      ...pointed(
        choices.map((choice) => row(choice)),
        index,
        page.look,
      ),
    ],
    focus: above.length + 1 + index,
    keys: [
      ['Up Down', 'select'],
      ['Enter', 'choose'],
      ['Esc', 'stay'],
    ],
  };
}
