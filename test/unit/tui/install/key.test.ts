import { expect, test } from 'vitest';
import { type Key, KeyDecoder } from '../../../../src/tui/install/key.ts';

const names = (keys: readonly Key[]) => keys.map((key) => (key.name === 'text' ? `"${key.text}"` : key.name));

/** All keys of some chunks; after the last nothing comes. */
function decode(...chunks: string[]): readonly string[] {
  const decoder = new KeyDecoder();
  return names([...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()]);
}

test.each([
  ['\u001b[A', 'up'],
  ['\u001bOB', 'down'],
  ['\u001b[D', 'left'],
  ['\u001b[1;5C', 'right'],
  ['\u001b[H', 'home'],
  ['\u001b[1~', 'home'],
  ['\u001bOF', 'end'],
  ['\u001b[8~', 'end'],
  ['\u001b[5~', 'page-up'],
  ['\u001b[6~', 'page-down'],
  ['\u001b[3~', 'delete'],
  ['\u001b[Z', 'back-tab'],
  ['\t', 'tab'],
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\r\n', 'enter'],
  ['\u007f', 'backspace'],
  ['\b', 'backspace'],
  ['\u0003', 'interrupt'],
  ['\u000c', 'redraw'],
  ['\u0015', 'clear'],
  ['\u001b', 'escape'],
  ['\u001b\u001b', 'escape'],
  ['ä', '"ä"'],
])('%j is %s', (bytes, name) => {
  expect(decode(bytes)).toEqual([name]);
});

test('the bytes of a key may come one by one', () => {
  expect(decode('\u001b', '[', 'A')).toEqual(['up']);
  expect(decode('\u001b', 'O', 'B')).toEqual(['down']);
  expect(decode('\u001b[', '5', '~', 'x')).toEqual(['page-up', '"x"']);
  expect(decode('\u001b', '[1;', '5', 'D')).toEqual(['left']);
});

test('an escape that nothing follows is the Escape key, and only then', () => {
  const decoder = new KeyDecoder();
  expect(decoder.push('\u001b')).toEqual([]);
  expect(decoder.isWaiting).toBe(true);
  expect(names(decoder.flush())).toEqual(['escape']);
  expect(decoder.isWaiting).toBe(false);
  expect(names(decoder.push('a'))).toEqual(['"a"']);
});

test('half a sequence that never ends is dropped', () => {
  expect(decode('\u001b[')).toEqual([]);
  expect(decode('\u001b[12')).toEqual([]);
  expect(decode(`\u001b[${'1'.repeat(40)}`)).not.toContain('escape');
});

test('keys without a meaning here do nothing', () => {
  expect(decode('\u001bOP', '\u001b[15~', '\u001b[[A', '\u001b[200~', '\u0000', '\u0007')).toEqual([]);
});

test('what is pasted comes as text and line ends', () => {
  expect(decode('one two\rthree\r\nfour')).toEqual(['"one two"', 'enter', '"three"', 'enter', '"four"']);
});
