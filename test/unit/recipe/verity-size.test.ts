import { describe, expect, it } from 'vitest';
import { veritySizeBytes } from '../../../src/recipe/verity-size.ts';

describe('veritySizeBytes', () => {
  it.each([
    // One hash block and the superblock.
    [4096, 2],
    [128 * 4096, 2],
    // 129 blocks need two, and one above them.
    [129 * 4096, 1 + 2 + 1],
    // 262144 blocks: 2048 + 16 + 1.
    [2 ** 30, 1 + 2048 + 16 + 1],
  ])('%d bytes need %d blocks', (dataBytes, blocks) => {
    expect(veritySizeBytes(dataBytes)).toBe(blocks * 4096);
  });

  it('is about 1/127 of the data', () => {
    for (const gib of [1, 3, 10, 100]) {
      const data = gib * 2 ** 30;
      expect(veritySizeBytes(data)).toBeGreaterThan(data / 128);
      expect(veritySizeBytes(data)).toBeLessThan(data / 127 + 65536);
    }
  });
});
