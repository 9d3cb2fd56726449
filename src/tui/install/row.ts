/** A line of a screen, before it is cut to the terminal's width. */
import type { Tone } from '../../report/paint.ts';
import { printable } from '../../report/printable.ts';
import type { Look } from '../look.ts';

/** Text of one tone. */
export interface Span {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

export type Row = readonly Span[];

/** A row of one tone. */
export function row(text: string, tone?: Tone): Row {
  return [{ text, tone }];
}

/** An empty one. */
export const blank: Row = [];

/** The row as text of at most `width` columns, in colours, with nothing in it that the terminal cannot show. */
export function rowText(spans: Row, width: number, { paint, glyphs, isAscii }: Look): string {
  const clean = spans.map(({ text, tone }) => ({ tone, characters: [...showable(text, isAscii)] }));
  const total = clean.reduce((sum, { characters }) => sum + characters.length, 0);
  let room = total > width ? Math.max(width - 1, 0) : width;
  let text = '';
  for (const { tone, characters } of clean) {
    const part = characters.slice(0, room).join('');
    room -= characters.length > room ? room : characters.length;
    text += tone === undefined ? part : paint(tone, part);
  }
  return total > width ? text + glyphs.ellipsis : text;
}

/** Names of files and labels of disks may hold anything. */
function showable(text: string, isAscii: boolean): string {
  const line = text.endsWith(' ') ? `${printable(text)}${/ +$/.exec(text)?.[0]}` : printable(text);
  // What the installer writes itself has signs from the look; the rest is told to be there.
  return isAscii
    ? line
        .replaceAll('…', '~')
        .replaceAll('·', '-')
        .replace(/[^ -~]/gu, '?')
    : line;
}

/** Breaks prose into lines of at most `width` columns, at blanks. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    if (line !== '' && [...`${line} ${word}`].length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}

/** Prose as rows of one tone. */
export function prose(text: string, width: number, tone?: Tone): readonly Row[] {
  return wrapped(text, width).map((line) => row(line, tone));
}
