import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readHashTree } from '../../../src/install/verity.ts';

const BLOCK = 4096;
const salt = Buffer.from('0011223344', 'hex');
const digest = (block: Buffer) => createHash('sha256').update(salt).update(block).digest();
const blockAt = (index: number) => Buffer.alloc(BLOCK, index % 251);

/** As veritysetup(8) lays it out: the superblock, then levels from the top. */
function tree(blocks: number): { area: Buffer; rootHash: string } {
  const superblock = Buffer.alloc(BLOCK);
  superblock.write('verity\0\0', 0, 'latin1');
  superblock.writeUInt32LE(1, 8);
  superblock.writeUInt32LE(1, 12);
  superblock.write('sha256', 32, 'latin1');
  superblock.writeUInt32LE(BLOCK, 64);
  superblock.writeUInt32LE(BLOCK, 68);
  superblock.writeBigUInt64LE(BigInt(blocks), 72);
  superblock.writeUInt16LE(salt.length, 80);
  salt.copy(superblock, 88);
  let hashes = Array.from({ length: blocks }, (_, index) => digest(blockAt(index)));
  const levels: Buffer[] = [];
  while (hashes.length > 1) {
    const level = Buffer.alloc(Math.ceil(hashes.length / 128) * BLOCK);
    for (const [index, hash] of hashes.entries()) hash.copy(level, index * 32);
    levels.unshift(level);
    hashes = Array.from({ length: level.length / BLOCK }, (_, index) =>
      digest(level.subarray(index * BLOCK, (index + 1) * BLOCK)),
    );
  }
  return {
    area: Buffer.concat([superblock, ...levels]),
    rootHash: (hashes[0] ?? Buffer.alloc(0)).toString('hex'),
  };
}

describe.each([1, 2, 128, 129, 300, 16_384, 16_385])('a tree of %i blocks', (blocks) => {
  const { area, rootHash } = tree(blocks);
  test('leads from each block to the root hash', () => {
    const read = readHashTree(area, rootHash);
    if (typeof read === 'string') throw new Error(read);
    expect(read.dataBlocks).toBe(blocks);
    for (const index of [0, blocks - 1, Math.floor(blocks / 2)]) {
      expect(read.holds(index, blockAt(index))).toBe(true);
      expect(read.holds(index, Buffer.alloc(BLOCK, 0xff))).toBe(false);
    }
  });
  test('is refused for another root hash', () => {
    const read = readHashTree(area, '00'.repeat(32));
    if (blocks > 1)
      expect(read).toBe(
        'block 0 of level ' +
          String(Math.ceil(Math.log(blocks) / Math.log(128)) - 1) +
          ' of the hash tree is not what leads to the root hash',
      );
    else expect(typeof read === 'string' ? read : read.holds(0, blockAt(0))).toBe(false);
  });
});

test('every byte of a tree counts', () => {
  const { area, rootHash } = tree(300);
  for (const at of [BLOCK, BLOCK + 5000, area.length - BLOCK]) {
    const damaged = Buffer.from(area);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
    expect(readHashTree(damaged, rootHash)).toMatch(/is not what leads to the root hash/);
  }
});

test('what is no tree is told', () => {
  const { area, rootHash } = tree(300);
  expect(readHashTree(Buffer.alloc(BLOCK), rootHash)).toBe('there is no dm-verity superblock');
  expect(readHashTree(area.subarray(0, 2 * BLOCK), rootHash)).toBe(
    `it ends early: it has ${2 * BLOCK} bytes`,
  );
  const sha512 = Buffer.from(area);
  sha512.write('sha512', 32, 'latin1');
  expect(readHashTree(sha512, rootHash)).toMatch(/of type 1, sha512/);
});
