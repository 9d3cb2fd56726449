import { expect, test } from 'vitest';
import { formatAge, parseAge } from '../../../src/cli/age.ts';

const hourMs = 3_600_000;

test.each([
  ['90m', 1.5 * hourMs],
  ['12h', 12 * hourMs],
  ['30d', 30 * 24 * hourMs],
  ['2w', 14 * 24 * hourMs],
  ['0d', 0],
])('%s is an age', (text, ageMs) => {
  expect(parseAge(text)).toBe(ageMs);
});

test.each(['', '30', 'd', '5x', '-1d', '1.5d', '30 d', '999999999d'])('%j is none', (text) => {
  expect(parseAge(text)).toBeUndefined();
});

test.each([
  [0, 'less than a minute'],
  [61_000, '1 minute'],
  [5 * hourMs, '5 hours'],
  [49 * hourMs, '2 days'],
])('%d ms', (ageMs, text) => {
  expect(formatAge(ageMs)).toBe(text);
});
