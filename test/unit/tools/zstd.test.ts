import { expect, test } from 'vitest';
import { windowLogFor } from '../../../src/tools/zstd.ts';
import { GIB, MIB } from '../../../src/units.ts';

test.each([
  [1, 20],
  [MIB, 20],
  [MIB + 1, 21],
  [174 * MIB, 28],
  [256 * MIB, 28],
  [256 * MIB + 1, 29],
  [8 * GIB, 31],
])('%i bytes are within reach of a window of 2^%i', (sizeBytes, log) => {
  expect(windowLogFor(sizeBytes)).toBe(log);
});
