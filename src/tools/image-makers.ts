/** The makers of read-only file systems: sqfstar and mkfs.erofs, both reading a tar from stdin. Pure. */
import type { Command } from '../exec/run.ts';
import type { Compression } from '../recipe/recipe.ts';

/**
 * The command that makes a root image from a tar on stdin.
 * @param options.output Path of the image, as the command sees it.
 */
export function imageMaker(
  compression: Compression,
  options: { output: string; epoch: number },
): { command: Command } {
  return {
    command:
      compression.filesystem === 'squashfs' ? squashfs(compression, options) : erofs(compression, options),
  };
}

function squashfs(
  compression: Extract<Compression, { filesystem: 'squashfs' }>,
  options: { output: string; epoch: number },
): Command {
  const { algorithm, level, blockSizeBytes } = compression;
  const compressor =
    algorithm === 'none'
      ? ['-no-compression']
      : [
          '-comp',
          algorithm,
          ...(algorithm === 'zstd' && level !== undefined ? ['-Xcompression-level', String(level)] : []),
        ];
  // Dates come from the tar, and from SOURCE_DATE_EPOCH for the file system itself.
  // sqfstar takes the root directory from these flags, not from the tar, and would make it writable for everybody.
  const root = ['-root-mode', '0755', '-root-uid', '0', '-root-gid', '0'];
  return [
    'sqfstar',
    ...compressor,
    '-b',
    String(blockSizeBytes),
    ...root,
    '-quiet',
    '-no-progress',
    options.output,
  ];
}

function erofs(
  compression: Extract<Compression, { filesystem: 'erofs' }>,
  options: { output: string; epoch: number },
): Command {
  const { algorithm, level, blockSizeBytes } = compression;
  const compressor =
    algorithm === 'none'
      ? []
      : [`-z${algorithm}${level === undefined ? '' : `,${level}`}`, `-C${blockSizeBytes}`];
  return [
    'mkfs.erofs',
    '--quiet',
    '--tar=f',
    ...compressor,
    '-T',
    String(options.epoch),
    '-U',
    // The file system's own UUID is not used to find it; a fixed one keeps equal trees equal.
    '00000000-0000-4000-8000-000000000000',
    options.output,
  ];
}
