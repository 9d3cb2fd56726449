/** The installation as it goes on: its steps, how far it is, what is to be known. */
import { installSteps } from '../../../install/events.ts';
import { formatDuration, formatSize } from '../../../units.ts';
import { left, right } from '../../cells.ts';
import type { Look } from '../../look.ts';
import { progressBar } from '../../progress-text.ts';
import { blank, prose, type Row, row } from '../row.ts';
import { type Run, remainingMs, runSpeed } from '../run.ts';
import type { InstallerState } from '../state.ts';
import type { Page, View } from '../view.ts';

const TITLE_COLUMNS = 36;
const BAR_COLUMNS = 40;
/** Notes shown at once; the log has all of them. */
const MOST_NOTES = 4;

export function viewProgress(state: InstallerState, page: Page): View {
  const { run, facts } = state;
  if (run === undefined) return { title: 'Install', rows: [], keys: [] };
  const head = run.isStopping
    ? 'Stopping. What is being written is finished first.'
    : `Installing ${facts.image.name} ${facts.image.version} on ${state.draft.disk?.replace(/^\/dev\//, '') ?? ''}.`;
  return {
    title: 'Install',
    rows: [
      row(head),
      blank,
      ...stepRows(run, page.look),
      blank,
      ...totalRows(run, page),
      ...noteRows(run, page),
    ],
    keys: run.isStopping ? [] : [['Ctrl-C', 'stop']],
  };
}

function stepRows(run: Run, { glyphs }: Look): readonly Row[] {
  return installSteps.map(({ name, title }) => {
    const step = run.steps[name];
    const sign = step === undefined ? glyphs.waiting : step.status === 'done' ? glyphs.built : glyphs.pointer;
    const time =
      step === undefined
        ? ''
        : formatDuration(step.durationMs ?? Math.floor((run.nowMs - step.startedAtMs) / 1000) * 1000);
    const tone = step === undefined ? 'quiet' : step.status === 'done' ? undefined : 'strong';
    return [
      { text: `${sign} `, tone: step?.status === 'done' ? 'good' : 'accent' },
      { text: left(title, TITLE_COLUMNS), tone },
      { text: right(time, 12), tone: 'quiet' },
    ];
  });
}

function totalRows(run: Run, { look }: Page): readonly Row[] {
  const bar = progressBar(run.percent / 100, BAR_COLUMNS, { ...look, paint: (_tone, text) => text });
  const { progress } = run;
  const speed = runSpeed(run);
  const left = remainingMs(run);
  const words = [
    progress === undefined ? '' : `${formatSize(progress.doneBytes)} of ${formatSize(progress.totalBytes)}`,
    speed === undefined ? '' : `${formatSize(Math.round(speed))}/s`,
    left === undefined ? '' : remainingText(left),
  ].filter((word) => word !== '');
  return [
    [{ text: `  ${bar}`, tone: 'accent' }, { text: right(`${run.percent} %`, 7) }],
    row(`  ${words.join(', ')}`, 'quiet'),
  ];
}

/** Coarse: a number that jumps every second tells less. */
export function remainingText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 10) return 'a few seconds left';
  if (seconds < 60) return `about ${Math.ceil(seconds / 10) * 10} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `about ${minutes} min left` : `about ${Math.ceil(minutes / 60)} h left`;
}

function noteRows({ notes }: Run, page: Page): readonly Row[] {
  return notes
    .slice(-MOST_NOTES)
    .flatMap(({ level, text }) =>
      prose(
        level === 'warning' ? `Warning: ${text}` : text,
        page.columns,
        level === 'warning' ? 'warning' : undefined,
      ),
    )
    .flatMap((line, index) => (index === 0 ? [blank, line] : [line]));
}
