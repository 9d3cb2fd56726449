/** One stage in the list: sign, title, progress, time, size. */
import { Text } from 'ink';
import type { StageProgress, StageState } from '../report/build-state.ts';
import type { Tone } from '../report/paint.ts';
import { formatDuration, formatSize } from '../units.ts';
import { left, right } from './cells.ts';
import { type Look, useLook } from './look.ts';
import { progressText } from './progress-text.ts';
import { rowIndent, type StageColumns } from './stage-columns.ts';

/** The running sign changes this often: calm, and once a frame. */
const FRAME_MS = 100;

/** Draws one stage as one line. `nowMs` is on the clock of the events. */
export function StageRow(props: { stage: StageState; columns: StageColumns; nowMs: number }) {
  return <Text wrap="truncate-end">{stageLine(props.stage, props.columns, props.nowMs, useLook())}</Text>;
}

function stageLine(stage: StageState, columns: StageColumns, nowMs: number, look: Look): string {
  const { paint, glyphs } = look;
  const progress = stage.status === 'running' ? stage.progress : undefined;
  // Without progress beside it, a long title may use that room.
  const titleWidth = columns.title + (progress === undefined ? columns.progress : 0);
  const title = left(stage.title, titleWidth, glyphs.ellipsis);
  const middle = progress === undefined ? '' : progressCell(progress, columns.progress, nowMs, look);
  const numbers = `${right(timeText(stage, nowMs), columns.time)}${right(sizeText(stage), columns.size)}`;
  const quiet = stage.status === 'waiting' || stage.status === 'stopped';
  const sign = paint(toneOf(stage), signOf(stage, nowMs, look));
  const words = quiet ? paint('quiet', title) : stage.status === 'running' ? paint('strong', title) : title;
  return `${' '.repeat(rowIndent - 2)}${sign} ${words}${middle}${paint('quiet', numbers)}`;
}

/** Exactly `width` columns, of which the first two are the gap after the title. */
function progressCell(progress: StageProgress, width: number, nowMs: number, look: Look): string {
  if (width <= 2) return ' '.repeat(width);
  const inner = width - 2;
  const painted = progressText(progress, inner, nowMs, look);
  const plainLength = [...progressText(progress, inner, nowMs, { ...look, paint: (_tone, text) => text })]
    .length;
  return `  ${painted}${' '.repeat(Math.max(0, inner - plainLength))}`;
}

function signOf(stage: StageState, nowMs: number, { glyphs }: Look): string {
  if (stage.status !== 'running') return glyphs[stage.status];
  const frame = Math.floor((nowMs - (stage.startedAtMs ?? nowMs)) / FRAME_MS);
  return glyphs.running[frame % glyphs.running.length] ?? '';
}

function toneOf({ status }: StageState): Tone {
  switch (status) {
    case 'built':
      return 'good';
    case 'failed':
      return 'bad';
    case 'running':
    case 'cached':
      return 'accent';
    case 'waiting':
    case 'stopped':
      return 'quiet';
  }
}

function timeText(stage: StageState, nowMs: number): string {
  switch (stage.status) {
    case 'waiting':
      return '';
    case 'cached':
      return 'cached';
    case 'running':
      return formatDuration(nowMs - (stage.startedAtMs ?? nowMs));
    default:
      return formatDuration(stage.durationMs ?? 0);
  }
}

/** The size of what a stage made; while it runs, how much of it is done. */
function sizeText({ status, sizeBytes, progress }: StageState): string {
  if (status !== 'running') return sizeBytes === undefined ? '' : formatSize(sizeBytes);
  if (progress === undefined) return '';
  if (progress.unit === 'bytes') return formatSize(progress.done);
  return progress.total === undefined ? String(progress.done) : `${progress.done}/${progress.total}`;
}
