/** The blocks of a raw disk, in order. */
import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { InterruptedError } from '../../errors.ts';
import { KIB } from '../../units.ts';

/** "The size of the blocks in the snapshot" (EBS direct APIs, StartSnapshot): always 512 KiB. */
export const BLOCK_BYTES = 512 * KIB;

/** A block that has something in it. */
export interface Block {
  readonly index: number;
  /** {@link BLOCK_BYTES}, filled up with zeros at the disk's end. Given back with `release`. */
  readonly data: Buffer;
  /** SHA-256, 32 bytes. */
  readonly digest: Buffer;
  release(): void;
}

/** What was read, complete when the reader has ended. */
export interface ReadDisk {
  /** SHA-256 of the whole file, hexadecimal. */
  readonly sha256: string;
  /** Blocks that are not zero. */
  readonly count: number;
  /**
   * "Arrange the checksums for each written block in ascending order of their block index, concatenate them to form a
   * single string, and then generate the checksum on the entire string" (CompleteSnapshot, LINEAR), of 32 bytes each.
   * Base64.
   */
  readonly aggregate: string;
}

export class DiskReader {
  private readonly pool: Buffer[] = [];
  private readonly whole: Hash = createHash('sha256');
  private readonly digests: Hash = createHash('sha256');
  private count = 0;

  constructor(
    private readonly path: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Reads the file once, from its start to its end. Holes cost no disk; blocks of zeros are left out. */
  async *blocks(): AsyncGenerator<Block> {
    const file = await open(this.path, 'r');
    try {
      for (let index = 0; ; index++) {
        if (this.signal.aborted) throw new InterruptedError();
        const data = this.pool.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
        const length = await fill(file, data, index * BLOCK_BYTES);
        this.whole.update(data.subarray(0, length));
        if (length > 0 && !data.subarray(0, length).equals(ZEROS.subarray(0, length))) {
          data.fill(0, length);
          const digest = createHash('sha256').update(data).digest();
          this.digests.update(digest);
          this.count++;
          yield { index, data, digest, release: () => this.pool.push(data) };
        } else {
          this.pool.push(data);
        }
        if (length < BLOCK_BYTES) return;
      }
    } finally {
      await file.close();
    }
  }

  /** Once only, after the last block. */
  end(): ReadDisk {
    return {
      sha256: this.whole.digest('hex'),
      count: this.count,
      aggregate: this.digests.digest('base64'),
    };
  }
}

const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** A read may give less than was asked for before the end of a file. */
async function fill(file: Awaited<ReturnType<typeof open>>, data: Buffer, at: number): Promise<number> {
  let length = 0;
  while (length < data.length) {
    const { bytesRead } = await file.read(data, length, data.length - length, at + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
