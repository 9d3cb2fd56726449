/** Against what next_arg() of lib/cmdline.c does with the same text. */
import { expect, test } from 'vitest';
import { kernelWords } from '../../../../src/install/unattended/kernel-words.ts';

const words = (text: string) =>
  kernelWords(text).map(({ key, value }) => (value === undefined ? key : [key, value]));

test.each([
  ['ro quiet\n', ['ro', 'quiet']],
  [
    '  a=1\t\tb=2  ',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  ['a="1 2" b', [['a', '1 2'], 'b']],
  ['"a=1 2" b', [['a', '1 2'], 'b']],
  // Quotes within a value stay; the space they hold is kept.
  ['a=1" "2', [['a', '1" "2']]],
  ['a=x=y?z=1', [['a', 'x=y?z=1']]],
  ['a=', [['a', '']]],
  ['a=""', [['a', '']]],
  ['=b', ['=b']],
  // Nobody closed it: it goes to the end.
  ['a="1 2', [['a', '1 2']]],
  ['', []],
])('%j', (text, expected) => {
  expect(words(text)).toEqual(expected);
});

test('each knows where it begins', () => {
  expect(kernelWords('ro  a="b c" d').map(({ column }) => column)).toEqual([1, 5, 13]);
});
