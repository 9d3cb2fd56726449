import { expect, test } from 'vitest';
import { ScreenWriter } from '../../../../src/tui/install/screen-writer.ts';

const ESC = '\u001b';
const SEQUENCES = new RegExp(`${ESC}\\[([?\\d;]*)([A-Za-z])|([^${ESC}])`, 'g');

/** A terminal as far as the writer uses one: CUP, EL, ED, and text. */
function show(lines: string[], bytes: string): string[] {
  const screen = lines.map((line) => line.padEnd(20));
  let [row, column] = [0, 0];
  for (const [whole, parameters = '', final, text] of bytes.matchAll(SEQUENCES)) {
    if (text !== undefined) {
      const line = screen[row] ?? '';
      screen[row] = line.slice(0, column) + text + line.slice(column + 1);
      column++;
    } else if (final === 'H') {
      const [y = '1', x = '1'] = parameters === '' ? [] : parameters.split(';');
      [row, column] = [Number(y) - 1, Number(x) - 1];
    } else if (final === 'K') screen[row] = (screen[row] ?? '').slice(0, column).padEnd(20);
    else if (final === 'J') screen.fill(' '.repeat(20));
    else if (final !== 'h' && final !== 'l') throw new Error(`not of a VT100: ${JSON.stringify(whole)}`);
  }
  return screen.map((line) => line.trimEnd());
}

test('every frame is on the screen, whatever was there before', () => {
  const frames = [
    ['title', 'one', 'two', ''],
    ['title', 'one and more', '', 'below'],
    ['', 'on', 'two', 'below that'],
    ['titles', '── ä', 'two', 'b'],
    ['titles', '── b', 'two', 'b'],
    ['title', 'x', '', ''],
  ];
  const writer = new ScreenWriter();
  let screen = ['garbage', 'garbage', 'garbage', 'garbage'];
  for (const lines of frames) {
    screen = show(screen, writer.next({ lines }));
    expect(screen).toEqual(lines);
  }
});

test('what did not change costs nothing', () => {
  const writer = new ScreenWriter();
  const lines = ['title', 'a long line that stays', '12 %'];
  writer.next({ lines });
  expect(writer.next({ lines })).toBe('');
  const text = writer.next({ lines: ['title', 'a long line that stays', '13 %'] });
  expect(text).toBe('\u001b[3;2H3 %');
});

test('the cursor goes back to its field after other lines changed', () => {
  const writer = new ScreenWriter();
  writer.next({ lines: ['a', 'b'], cursor: { row: 0, column: 1 } });
  expect(writer.next({ lines: ['a', 'c'], cursor: { row: 0, column: 1 } })).toBe(
    '\u001b[2;1Hc\u001b[1;2H\u001b[?25h',
  );
  expect(writer.next({ lines: ['a', 'c'] })).toBe('\u001b[?25l');
});

test('after a reset the whole frame is drawn on a cleared screen', () => {
  const writer = new ScreenWriter();
  writer.next({ lines: ['a', 'b'] });
  writer.reset();
  expect(show(['noise', 'from the kernel'], writer.next({ lines: ['a', 'b'] }))).toEqual(['a', 'b']);
});
