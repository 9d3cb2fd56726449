/** How large the dm-verity hash tree of a root image is. */

const BLOCK_BYTES = 4096;
/** 4096-byte hash blocks hold 128 SHA-256 digests of 32 bytes. */
const DIGESTS_PER_BLOCK = BLOCK_BYTES / 32;

/**
 * Bytes of the superblock and the hash tree for `dataBytes` of data, with SHA-256 and 4096-byte blocks: each level
 * holds one digest per block of the level below, up to a level of one block. About 1/127 of the data.
 * @see https://docs.kernel.org/admin-guide/device-mapper/verity.html
 */
export function veritySizeBytes(dataBytes: number): number {
  let blocks = Math.ceil(dataBytes / BLOCK_BYTES);
  let hashBlocks = 0;
  do {
    blocks = Math.ceil(blocks / DIGESTS_PER_BLOCK);
    hashBlocks += blocks;
  } while (blocks > 1);
  const superblock = 1;
  return (superblock + hashBlocks) * BLOCK_BYTES;
}
