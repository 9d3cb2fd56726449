/** Compression of the root file system: which file system has which algorithms, levels and block sizes. */
import type { Problem } from '../errors.ts';
import { formatSize, parseSize } from '../units.ts';
import { recipeDefaults as byDefault } from './defaults.ts';
import type { Fragment } from './fragment.ts';
import type { Compression } from './recipe.ts';

/** As mksquashfs 4.6 and mkfs.erofs 1.8 of Debian 13 are built. */
const ALGORITHMS = {
  squashfs: ['zstd', 'xz', 'lz4', 'none'],
  erofs: ['zstd', 'lz4', 'lz4hc', 'none'],
} as const;

/** Highest level by algorithm; the others take none. */
const HIGHEST_LEVEL: Readonly<Record<string, number>> = { zstd: 22, lz4hc: 12 };

/** The compression with defaults filled in. Only valid when {@link checkCompression} finds nothing. */
export function compressionOf(written: Fragment['compression']): Compression {
  const filesystem = written.filesystem?.value ?? byDefault.filesystem;
  const algorithm = written.algorithm?.value ?? byDefault.algorithm;
  const levels: Readonly<Record<string, number>> = byDefault.levels;
  const level = written.level?.value ?? levels[algorithm];
  const blockSizeBytes = written.blockSize?.value ?? parseSize(byDefault.blockSizes[filesystem]);
  return { filesystem, algorithm, level, blockSizeBytes } as Compression;
}

/** Problems between the keys, after merging. */
export function checkCompression(written: Fragment['compression'], compression: Compression): Problem[] {
  const { filesystem, algorithm, level, blockSizeBytes } = compression;
  const problems: Problem[] = [];
  const { algorithm: algorithmAt = written.filesystem, level: levelAt, blockSize: blockSizeAt } = written;
  const allowed: readonly string[] = ALGORITHMS[filesystem];
  if (algorithmAt !== undefined && !allowed.includes(algorithm)) {
    problems.push({
      ...algorithmAt.origin,
      message: `compression.algorithm is "${algorithm}", which ${filesystem} does not have`,
      hint: `${filesystem} has: ${allowed.join(', ')}`,
    });
  }
  const highest = HIGHEST_LEVEL[algorithm];
  if (levelAt !== undefined && level !== undefined && level > (highest ?? 0)) {
    const hint = highest === undefined ? 'remove the level; zstd and lz4hc have levels' : `1 to ${highest}`;
    const message =
      highest === undefined
        ? `compression.level is ${level}, but ${algorithm} has no levels`
        : `compression.level is ${level}, too high for ${algorithm}`;
    problems.push({ ...levelAt.origin, message, hint });
  }
  if (blockSizeAt !== undefined && !Number.isInteger(Math.log2(blockSizeBytes))) {
    problems.push({
      ...blockSizeAt.origin,
      message: `compression.blockSize is ${formatSize(blockSizeBytes)}, not a power of two`,
      hint: '4K, 8K, 16K, 32K, 64K, 128K, 256K, 512K or 1M',
    });
  }
  return problems;
}
