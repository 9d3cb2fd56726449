import { expect, test } from 'vitest';
import { badByteOf } from '../../../src/tools/veritysetup.ts';

test('the position of a bad block of data', () => {
  const stderr = 'Verification failed at position 49999872.\nVerification of data area failed.';
  expect(badByteOf(stderr)).toBe(49_999_872);
});

test('other failures have none', () => {
  expect(badByteOf('Verification of root hash failed.')).toBeUndefined();
  expect(badByteOf('Device /in/hashes is not a valid VERITY device.')).toBeUndefined();
});
