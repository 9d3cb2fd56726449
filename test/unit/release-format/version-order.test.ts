import { expect, test } from 'vitest';
import { compareVersions } from '../../../src/release-format/version-order.ts';

/** Pairs of the specification, and of systemd's own test. */
const OLDER_THEN_NEWER = [
  ['1', '2'],
  ['9', '10'],
  ['20261122', '20261123'],
  ['20261122', '20261122.1'],
  ['1.2.3', '1.2.10'],
  ['1.0~rc1', '1.0'],
  ['1.0', '1.0^2'],
  ['1.0', '1.0a'],
  ['1.0', '1.0.1'],
  ['1.0-1', '1.0.1'],
  ['1.0-1', '1.0^1'],
  ['1.0^1', '1.0.1'],
  ['1.a', '1.1'],
  ['A', 'a'],
  ['a', 'aa'],
  ['123_aa2-67.89', '123aa2-67.90'],
] as const;

test.each(OLDER_THEN_NEWER)('%s is older than %s', (older, newer) => {
  expect(compareVersions(older, newer)).toBeLessThan(0);
  expect(compareVersions(newer, older)).toBeGreaterThan(0);
});

test.each([
  ['1', '01'],
  ['1.2', '1.2'],
  ['1_2', '12'],
])('%s and %s are the same', (left, right) => {
  expect(compareVersions(left, right)).toBe(0);
});
