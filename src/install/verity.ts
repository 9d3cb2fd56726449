/**
 * A dm-verity hash tree, checked against its root hash, and data against the tree: what the kernel does when the system
 * runs, done once for all of it.
 * @see https://docs.kernel.org/admin-guide/device-mapper/verity.html
 * @see https://gitlab.com/cryptsetup/cryptsetup/-/wikis/DMVerity
 */
import { createHash } from 'node:crypto';

const SIGNATURE = 'verity\0\0';
const SHA256_BYTES = 32;

/** A hash tree that leads to its root hash. */
export interface HashTree {
  readonly dataBlockBytes: number;
  readonly dataBlocks: number;
  /** Whether a block of data is what the tree says. */
  readonly holds: (index: number, block: Uint8Array) => boolean;
}

/**
 * Checks a whole tree.
 * @param area As it is in the verity partition: superblock and hashes.
 * @param rootHash In hex.
 * @returns What is wrong with it, as a sentence without a full stop, or the tree.
 */
export function readHashTree(area: Buffer, rootHash: string): HashTree | string {
  if (area.length < 512 || area.toString('latin1', 0, 8) !== SIGNATURE)
    return 'there is no dm-verity superblock';
  const algorithm = area.toString('latin1', 32, 64).split('\0')[0];
  if (area.readUInt32LE(12) !== 1 || algorithm !== 'sha256')
    return `its hashes are of type ${area.readUInt32LE(12)}, ${algorithm}; Basalt's are of type 1, sha256`;
  const dataBlockBytes = area.readUInt32LE(64);
  const hashBlockBytes = area.readUInt32LE(68);
  const dataBlocks = Number(area.readBigUInt64LE(72));
  const salt = area.subarray(88, 88 + area.readUInt16LE(80));
  if (![512, 1024, 2048, 4096].includes(dataBlockBytes) || hashBlockBytes < 512 || dataBlocks < 1)
    return 'its superblock is damaged';
  const digest = (block: Uint8Array) => createHash('sha256').update(salt).update(block).digest();
  const perBlock = hashBlockBytes / SHA256_BYTES;
  const levels = levelsOf(dataBlocks, perBlock, hashBlockBytes);
  if (levels.some(({ start, blocks }) => start + blocks * hashBlockBytes > area.length))
    return `it ends early: it has ${area.length} bytes`;

  /** What the tree, or the root hash, says of block `index` of a level; the data's level is -1. */
  const expected = (level: number, index: number): Buffer => {
    const above = levels[level + 1];
    if (above === undefined) return Buffer.from(rootHash, 'hex');
    const at =
      above.start + Math.floor(index / perBlock) * hashBlockBytes + (index % perBlock) * SHA256_BYTES;
    return area.subarray(at, at + SHA256_BYTES);
  };
  for (const [level, { start, blocks }] of levels.entries()) {
    for (let index = 0; index < blocks; index += 1) {
      const at = start + index * hashBlockBytes;
      if (!digest(area.subarray(at, at + hashBlockBytes)).equals(expected(level, index)))
        return `block ${index} of level ${level} of the hash tree is not what leads to the root hash`;
    }
  }
  return {
    dataBlockBytes,
    dataBlocks,
    holds: (index, block) => digest(block).equals(expected(-1, index)),
  };
}

/** From the level of the data's hashes up to a single block, which comes first behind the superblock. */
function levelsOf(dataBlocks: number, perBlock: number, hashBlockBytes: number) {
  const counts: number[] = [];
  for (let below = dataBlocks; below > 1; ) {
    below = Math.ceil(below / perBlock);
    counts.push(below);
  }
  let start = hashBlockBytes;
  return counts
    .toReversed()
    .map((blocks) => {
      const level = { start, blocks };
      start += blocks * hashBlockBytes;
      return level;
    })
    .toReversed();
}
