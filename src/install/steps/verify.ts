/** Step 4: what the disk really holds is what was read, and it is what the root hash names. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Partition } from '../../disk/partition.ts';
import { UserError } from '../../errors.ts';
import { alignUp, MIB } from '../../units.ts';
import type { InstallContext, PartitionedDisk } from '../context.ts';
import { type HashTree, readHashTree } from '../verity.ts';
import type { CopiedDigests } from './copy.ts';

/**
 * Reads both partitions back, past the page cache.
 * @param onProgress Bytes done of both.
 * @throws {UserError} `disk-loses-data` when the disk gives other bytes than it was given, `source-invalid` when they are
 * what the source has, and that does not lead to the root hash.
 */
export async function verify(
  context: InstallContext,
  disk: PartitionedDisk,
  copied: CopiedDigests,
  onProgress: (doneBytes: number) => void,
): Promise<void> {
  const { source } = context;
  const { verity, root } = disk.slots.target;
  const area: Buffer[] = [];
  let done = 0;
  const step = (chunk: Buffer) => {
    done += chunk.length;
    onProgress(done);
  };
  const verityDigest = await readBack(context, disk, verity, source.verity.sizeBytes, (chunk) => {
    area.push(chunk);
    step(chunk);
  });
  expectSame(verityDigest, copied.verity, disk, verity);
  const tree = readHashTree(Buffer.concat(area), source.rootHash);
  if (typeof tree === 'string') throw sourceDamaged(context, tree);
  const blocks = new BlockCheck(tree);
  const rootDigest = await readBack(context, disk, root, source.root.sizeBytes, (chunk) => {
    blocks.take(chunk);
    step(chunk);
  });
  expectSame(rootDigest, copied.root, disk, root);
  const problem = blocks.problem();
  if (problem !== undefined) throw sourceDamaged(context, problem);
}

/** Counts and checks blocks in a stream of bytes. */
class BlockCheck {
  private rest: Buffer = Buffer.alloc(0);
  private index = 0;
  private bad: number | undefined;

  constructor(private readonly tree: HashTree) {}

  take(chunk: Buffer): void {
    const { dataBlockBytes, dataBlocks } = this.tree;
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    for (; at + dataBlockBytes <= bytes.length; at += dataBlockBytes, this.index += 1) {
      if (this.bad !== undefined || this.index >= dataBlocks) continue;
      if (!this.tree.holds(this.index, bytes.subarray(at, at + dataBlockBytes))) this.bad = this.index;
    }
    this.rest = Buffer.from(bytes.subarray(at));
  }

  problem(): string | undefined {
    if (this.bad !== undefined) return `block ${this.bad} of the root is not what the hash tree says`;
    return this.index < this.tree.dataBlocks
      ? `the root has ${this.index} blocks, and the hash tree is for ${this.tree.dataBlocks}`
      : undefined;
  }
}

/** dd(1) with `iflag=direct` reads from the disk, whatever memory holds of it. */
async function readBack(
  { programs, signal }: InstallContext,
  { shape }: PartitionedDisk,
  { firstByte }: Partition,
  sizeBytes: number,
  onChunk: (chunk: Buffer) => void,
): Promise<string> {
  const hash = createHash('sha256');
  let left = sizeBytes;
  await programs(
    [
      'dd',
      `if=${shape.path}`,
      `bs=${4 * MIB}`,
      'iflag=direct,skip_bytes,count_bytes',
      `skip=${firstByte}`,
      // Reading past the page cache goes by whole sectors.
      `count=${alignUp(sizeBytes, shape.sectorBytes)}`,
      'status=none',
    ],
    {
      signal,
      onOutput: async (stdout: Readable) => {
        for await (const whole of stdout) {
          const chunk = (whole as Buffer).subarray(0, left);
          left -= chunk.length;
          hash.update(chunk);
          onChunk(chunk);
        }
      },
    },
  );
  return hash.digest('hex');
}

function expectSame(
  seen: string,
  needed: string,
  { shape }: PartitionedDisk,
  { number, label }: Partition,
): void {
  if (seen === needed) return;
  throw new UserError('disk-loses-data', `${shape.path} does not hold what was written to it`, {
    seen: `SHA-256 ${seen}`,
    needed: `SHA-256 ${needed}`,
    where: `partition ${number} (${label})`,
    next: ['use another disk; look at this one with smartctl, and at the messages of the kernel, dmesg'],
  });
}

function sourceDamaged({ source }: InstallContext, seen: string): UserError {
  return new UserError('source-invalid', 'what was to be installed is damaged', {
    seen,
    needed: `the root of version ${source.version}, root hash ${source.rootHash}`,
    where: source.root.path,
    next: ['copy the medium or the folder again from its source; nothing on the disk starts'],
  });
}
