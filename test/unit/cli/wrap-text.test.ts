import { expect, test } from 'vitest';
import { hanging, wrapText } from '../../../src/cli/wrap-text.ts';

test('lines fill up to the width and no further', () => {
  expect(wrapText('aaa bbb ccc', 7)).toEqual(['aaa bbb', 'ccc']);
  expect(wrapText('aaa bbb ccc', 6)).toEqual(['aaa', 'bbb', 'ccc']);
});

test('a long word stays whole on a line of its own', () => {
  expect(wrapText('see /a/very/long/path now', 8)).toEqual(['see', '/a/very/long/path', 'now']);
});

test('line breaks stay, and nothing gives one empty line', () => {
  expect(wrapText('a b\nc', 80)).toEqual(['a b', 'c']);
  expect(wrapText('', 80)).toEqual(['']);
});

test('hanging lines start below the first one’s text', () => {
  expect(hanging('  - ', 'aaaa bbbb cccc dddd eeee ffff', 26)).toEqual([
    '  - aaaa bbbb cccc dddd',
    '    eeee ffff',
  ]);
});
