import { expect, test } from 'vitest';
import { crc32 } from '../../../src/disk/crc32.ts';

test.each([
  ['', 0x00000000],
  ['a', 0xe8b7be43],
  // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
  ['123456789', 0xcbf43926],
  ['The quick brown fox jumps over the lazy dog', 0x414fa339],
])('crc32 of %j', (text, expected) => {
  expect(crc32(Buffer.from(text))).toBe(expected);
});

test('crc32 of 32 zeros, and of 32 bytes of ones', () => {
  expect(crc32(Buffer.alloc(32))).toBe(0x190a55ad);
  expect(crc32(Buffer.alloc(32, 0xff))).toBe(0xff6cab0b);
});
