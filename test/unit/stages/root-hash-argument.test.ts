import { expect, test } from 'vitest';
import { BLANK_ROOT_HASH, fillRootHash, rootHashArgument } from '../../../src/stages/root-hash-argument.ts';

const hash = '0123456789abcdef'.repeat(4);
const blank = rootHashArgument(BLANK_ROOT_HASH);

test('the root hash takes the place of the blank one, and nothing else changes', () => {
  const image = Buffer.concat([
    Buffer.from([0xff, 0x00]),
    Buffer.from(`${blank} ro quiet`),
    Buffer.from([0x00, 0xfe]),
  ]);
  fillRootHash(image, hash);
  expect(image).toEqual(
    Buffer.concat([
      Buffer.from([0xff, 0x00]),
      Buffer.from(`roothash=${hash} ro quiet`),
      Buffer.from([0x00, 0xfe]),
    ]),
  );
});

test('where it belongs is known without doubt, or nothing is written', () => {
  for (const text of ['', 'ro quiet', blank.slice(0, -1), `${blank} ${blank}`]) {
    const image = Buffer.from(text);
    expect(() => fillRootHash(image, hash), text).toThrow(/place for the root hash/);
    expect(image.toString()).toBe(text);
  }
});

test('only a root hash is written', () => {
  for (const wrong of ['', hash.slice(1), hash.toUpperCase(), `${hash}0`])
    expect(() => fillRootHash(Buffer.from(blank), wrong), wrong).toThrow(/is no root hash/);
});
