/**
 * What a partition holds and how much of it is data, by the superblock alone. Nothing is mounted.
 *
 * - squashfs: `struct squashfs_super_block`, fs/squashfs/squashfs_fs.h
 * - erofs: `struct erofs_super_block`, fs/erofs/erofs_fs.h
 * - dm-verity: "Verity Hash Partition", https://gitlab.com/cryptsetup/cryptsetup/-/wikis/DMVerity
 * - ext4: `struct ext4_super_block`, fs/ext4/ext4.h
 * - FAT32: "Microsoft FAT Specification", FSInfo
 */
import type { ReadBytes } from '../disk/gpt-header.ts';

/** What was recognised. */
export type Content =
  | { readonly kind: 'squashfs' | 'erofs' | 'ext4' | 'fat'; readonly usedBytes: number | undefined }
  | {
      readonly kind: 'dm-verity';
      readonly usedBytes: number;
      /** Bytes of the root that the hashes cover. */
      readonly dataBytes: number;
      readonly algorithm: string;
    }
  | { readonly kind: 'empty'; readonly usedBytes: 0 }
  | { readonly kind: 'unknown'; readonly usedBytes: undefined };

const START_BYTES = 4096;
/** Basalt's hash trees are of SHA-256. */
const SHA256_BYTES = 32;

/**
 * Recognises the content of a partition.
 * @param read Reads from the partition's start.
 */
export async function recognise(read: ReadBytes): Promise<Content> {
  const start = await read(0, START_BYTES);
  if (start.length < START_BYTES) return { kind: 'unknown', usedBytes: undefined };
  const text = (offset: number, length: number) => start.toString('latin1', offset, offset + length);
  if (text(0, 4) === 'hsqs') return { kind: 'squashfs', usedBytes: Number(start.readBigUInt64LE(40)) };
  if (start.readUInt32LE(1024) === 0xe0f5e1e2) {
    return { kind: 'erofs', usedBytes: start.readUInt32LE(1024 + 36) * 2 ** start.readUInt8(1024 + 12) };
  }
  if (text(0, 8) === 'verity\0\0') return verity(start);
  if (start.readUInt16LE(1024 + 56) === 0xef53) return { kind: 'ext4', usedBytes: ext4Used(start) };
  if (start.readUInt16LE(510) === 0xaa55 && text(82, 5) === 'FAT32')
    return { kind: 'fat', usedBytes: await fatUsed(start, read) };
  return start.every((byte) => byte === 0)
    ? { kind: 'empty', usedBytes: 0 }
    : { kind: 'unknown', usedBytes: undefined };
}

function verity(start: Buffer): Content {
  const dataBlockBytes = start.readUInt32LE(64);
  const hashBlockBytes = start.readUInt32LE(68);
  const dataBlocks = Number(start.readBigUInt64LE(72));
  // Each level has one hash per block of the level below, until one block is left.
  const perBlock = Math.max(2, Math.floor(hashBlockBytes / SHA256_BYTES));
  let hashBlocks = 1;
  for (let below = dataBlocks; below > 1; ) {
    below = Math.ceil(below / perBlock);
    hashBlocks += below;
  }
  return {
    kind: 'dm-verity',
    usedBytes: hashBlocks * hashBlockBytes,
    dataBytes: dataBlocks * dataBlockBytes,
    algorithm: start.toString('latin1', 32, 64).split('\0')[0] ?? '',
  };
}

function ext4Used(start: Buffer): number {
  const blockBytes = 1024 * 2 ** start.readUInt32LE(1024 + 24);
  return (start.readUInt32LE(1024 + 4) - start.readUInt32LE(1024 + 12)) * blockBytes;
}

async function fatUsed(boot: Buffer, read: ReadBytes): Promise<number | undefined> {
  const sectorBytes = boot.readUInt16LE(11);
  const clusterBytes = boot.readUInt8(13) * sectorBytes;
  const info = await read(boot.readUInt16LE(48) * sectorBytes, 512);
  if (info.length < 512 || info.readUInt32LE(0) !== 0x41615252 || clusterBytes === 0) return undefined;
  const freeClusters = info.readUInt32LE(488);
  // 0xffffffff means that nobody counted.
  return freeClusters === 0xffffffff
    ? undefined
    : Math.max(0, boot.readUInt32LE(32) * sectorBytes - freeClusters * clusterBytes);
}
