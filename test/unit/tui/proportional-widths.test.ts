import fc from 'fast-check';
import { expect, test } from 'vitest';
import { proportionalWidths } from '../../../src/tui/proportional-widths.ts';

test('in proportion when nothing is small', () => {
  expect(proportionalWidths([1, 1, 2], 40, 3)).toEqual([10, 10, 20]);
});

test('the small ones get the least, and the rest stay in proportion', () => {
  expect(proportionalWidths([1, 1000, 3000], 43, 3)).toEqual([3, 10, 30]);
});

test('one raised to the least may push another below it', () => {
  expect(proportionalWidths([1, 1, 1, 10, 100], 22, 3)).toEqual([3, 3, 3, 3, 10]);
});

test('what rounding leaves goes to the largest remainders', () => {
  expect(proportionalWidths([2, 3, 5], 11, 1)).toEqual([2, 3, 6]);
});

test('too narrow, or nothing to draw', () => {
  expect(proportionalWidths([1, 1], 5, 3)).toBeUndefined();
  expect(proportionalWidths([], 80, 3)).toBeUndefined();
});

test('whatever the sizes: the widths add up, none is below the least, larger is never narrower by more than rounding', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 2 ** 45 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 36, max: 200 }),
      (sizes, columns) => {
        const widths = proportionalWidths(sizes, columns, 3) ?? [];
        expect(widths.reduce((sum, width) => sum + width, 0)).toBe(columns);
        expect(Math.min(...widths)).toBeGreaterThanOrEqual(3);
        const bySize = sizes
          .map((size, index) => ({ size, width: widths[index] ?? 0 }))
          .sort((a, b) => a.size - b.size);
        for (const [index, { width }] of bySize.entries()) {
          expect(width).toBeGreaterThanOrEqual((bySize[index - 1]?.width ?? 0) - 1);
        }
      },
    ),
  );
});
