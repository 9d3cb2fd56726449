import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../src/yaml/nearest.ts';

describe('nearest', () => {
  it.each([
    ['pakages', 'packages'],
    ['Kernel', 'kernel'],
    ['fiels', 'files'],
    ['sytemd', 'systemd'],
    ['hostname', undefined],
    ['', undefined],
    ['x'.repeat(1000), undefined],
  ])('%s -> %s', (name, meant) => {
    expect(nearest(name, ['packages', 'kernel', 'files', 'systemd', 'trim'])).toBe(meant);
  });

  it('counts a swap as one', () => {
    expect(editDistance('fiels', 'files')).toBe(1);
    expect(editDistance('abc', '')).toBe(3);
  });

  it('is a symmetric distance, zero only for equal words', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (left, right) => {
        expect(editDistance(left, right)).toBe(editDistance(right, left));
        expect(editDistance(left, right) === 0).toBe(left === right);
      }),
    );
  });
});
