import { expect, test } from 'vitest';
import { decodeGuid } from '../../../src/disk/guid.ts';

test('the first three groups are little-endian, the others are not', () => {
  const bytes = Buffer.from('ffff28732ac11ff8d211ba4b00a0c93ec93b', 'hex');
  expect(decodeGuid(bytes, 2)).toBe('c12a7328-f81f-11d2-ba4b-00a0c93ec93b');
});

test('leading zeros stay', () => {
  const bytes = Buffer.from('0100000002000300040000000000000f', 'hex');
  expect(decodeGuid(bytes, 0)).toBe('00000001-0002-0003-0400-00000000000f');
});
