/** veritysetup: checks data against its dm-verity hash tree, in user space. */
import { ToolError } from '../errors.ts';
import type { Toolbox } from './toolbox.ts';

/** Bytes inside a file. */
export interface Extent {
  readonly file: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** What {@link verifyTree} found. */
export type VerityVerdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** veritysetup's own words. */
      readonly reason: string;
      /** The first byte of the first data block whose hash is wrong, when that is what is wrong. */
      readonly badByte: number | undefined;
    };

/**
 * Checks every block of `data` against the hash tree, and the tree against the root hash.
 * @param folder A folder for a copy of the data, when it does not begin at the start of its file: veritysetup knows
 *   an offset for the hashes only.
 */
export async function verifyTree(
  toolbox: Toolbox,
  check: {
    readonly data: Extent;
    readonly hashes: Extent;
    readonly rootHash: string;
    readonly folder: string;
  },
  signal: AbortSignal,
): Promise<VerityVerdict> {
  const { data, hashes, rootHash, folder } = check;
  const verify = `veritysetup verify --hash-offset="$HASH_OFFSET"`;
  const script =
    data.offset === 0
      ? `exec ${verify} /in/data /in/hashes "$ROOT_HASH"`
      : `set -e
         dd if=/in/data of=/work/root.img bs=4M iflag=skip_bytes,count_bytes skip="$OFFSET" count="$SIZE" conv=sparse status=none
         exec ${verify} /work/root.img /in/hashes "$ROOT_HASH"`;
  try {
    await toolbox.run(['sh', '-c', script], {
      signal,
      binds: [
        { source: data.file, target: '/in/data' },
        { source: hashes.file, target: '/in/hashes' },
        { source: folder, target: '/work', writable: true },
      ],
      env: {
        OFFSET: String(data.offset),
        SIZE: String(data.sizeBytes),
        HASH_OFFSET: String(hashes.offset),
        ROOT_HASH: rootHash,
      },
    });
    return { ok: true };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { ok: false, reason: error.stderrTail, badByte: badByteOf(error.stderrTail) };
  }
}

/** Pure: the position veritysetup names when a block of data is not what its hash says. */
export function badByteOf(stderr: string): number | undefined {
  const match = /Verification failed at position (\d+)\.\s*\n.*data area/.exec(stderr);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
