/**
 * A raw disk becomes a snapshot by the EBS direct APIs: StartSnapshot, PutSnapshotBlock for each block that is not zero,
 * CompleteSnapshot. Blocks of zeros need not be sent: what was not written of a snapshot reads as zeros.
 */
import {
  CompleteSnapshotCommand,
  type EBSClient,
  PutSnapshotBlockCommand,
  type Tag,
} from '@aws-sdk/client-ebs';
import { UserError } from '../../errors.ts';
import { BLOCK_BYTES, type Block, DiskReader } from './blocks.ts';
import { AnswerError, faultKind } from './fault.ts';
import { Journal } from './journal.ts';
import type { Patience } from './patience.ts';
import { Window } from './window.ts';

export interface UploadOptions {
  readonly client: EBSClient;
  /** Its `onRetry` is not enough: the window must know which upload was told to slow down. */
  readonly patience: Patience;
  readonly snapshotId: string;
  readonly disk: { readonly path: string; readonly sizeBytes: number; readonly sha256: string };
  /** File of the journal. */
  readonly journal: string;
  readonly signal: AbortSignal;
  /** Whether the service says that the snapshot is complete, soon. */
  readonly isComplete: () => Promise<boolean>;
  /** Told after each block: of those that are not zero, sent before or now. */
  readonly onProgress: (progress: UploadProgress) => void;
}

export interface UploadProgress {
  /** How far the disk is read, in bytes. */
  readonly readBytes: number;
  /** Blocks confirmed by this run. */
  readonly sentBlocks: number;
  /** Blocks that a run before this one sent. */
  readonly keptBlocks: number;
  /** Uploads that may run at the same time now. */
  readonly window: number;
}

/** In flight at the start and at most: 32 MiB of memory. One connection carries one request. */
const WINDOW = { first: 8, most: 64 };

/** Sends what is missing of a snapshot and completes it. Memory is bounded by {@link WINDOW}, whatever the size. */
export async function fillSnapshot(options: UploadOptions): Promise<UploadProgress> {
  const { snapshotId, disk } = options;
  const journal = await Journal.open(options.journal, {
    snapshotId,
    sha256: disk.sha256,
    sizeBytes: disk.sizeBytes,
  });
  try {
    const upload = new Upload(options, journal);
    const progress = await upload.all();
    try {
      await options.patience.ask('CompleteSnapshot', () => upload.complete());
    } catch (error) {
      // What is complete cannot be completed again: the answer to an earlier request was lost.
      if (faultKind(error) !== 'final' || !(await options.isComplete())) throw error;
    }
    return progress;
  } finally {
    await journal.close();
  }
}

/** The tags of EBS direct APIs. */
export function ebsTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

class Upload {
  private readonly window = new Window(WINDOW);
  private readonly reader: DiskReader;
  private readonly running = new Set<Promise<void>>();
  private failure: unknown;
  private failed = false;
  private sent = 0;
  private kept = 0;
  private read = 0;
  private changed = 0;
  private aggregate = '';

  constructor(
    private readonly options: UploadOptions,
    private readonly journal: Journal,
  ) {
    this.reader = new DiskReader(options.disk.path, options.signal);
  }

  async all(): Promise<UploadProgress> {
    try {
      for await (const block of this.reader.blocks()) {
        this.read = Math.min(this.options.disk.sizeBytes, (block.index + 1) * BLOCK_BYTES);
        if (this.journal.has(block.index)) {
          this.kept++;
          block.release();
          continue;
        }
        const entry = await this.window.enter();
        if (this.failed) break;
        const task: Promise<void> = this.send(block, entry).finally(() => {
          block.release();
          this.window.leave();
          this.running.delete(task);
        });
        this.running.add(task);
      }
    } finally {
      await Promise.all(this.running);
    }
    if (this.failed) throw this.failure;
    this.check();
    return this.progress();
  }

  async complete(): Promise<void> {
    await this.options.client.send(
      new CompleteSnapshotCommand({
        SnapshotId: this.options.snapshotId,
        ChangedBlocksCount: this.changed,
        Checksum: this.aggregate,
        ChecksumAlgorithm: 'SHA256',
        ChecksumAggregationMethod: 'LINEAR',
      }),
      { abortSignal: this.options.signal },
    );
  }

  /** Never rejects: the first failure is kept, and ends the reading. */
  private async send(block: Block, entry: number): Promise<void> {
    try {
      await this.options.patience.ask('PutSnapshotBlock', async (attempt) => {
        // Of a kind that is not tried again, whatever the first failure was.
        if (this.failed) throw new Error('another block could not be sent');
        if (attempt > 1) this.window.slowDown(entry);
        await this.put(block);
      });
      await this.journal.add(block.index);
      this.sent++;
      this.options.onProgress(this.progress());
    } catch (error) {
      if (!this.failed) this.failure = error;
      this.failed = true;
    }
  }

  private async put(block: Block): Promise<void> {
    const checksum = block.digest.toString('base64');
    const answer = await this.options.client.send(
      new PutSnapshotBlockCommand({
        SnapshotId: this.options.snapshotId,
        BlockIndex: block.index,
        BlockData: block.data,
        DataLength: BLOCK_BYTES,
        Checksum: checksum,
        ChecksumAlgorithm: 'SHA256',
      }),
      { abortSignal: this.options.signal },
    );
    if (answer.Checksum !== undefined && answer.Checksum !== checksum) {
      throw new AnswerError(
        `block ${block.index} arrived with the SHA-256 ${answer.Checksum}, sent was ${checksum}`,
      );
    }
  }

  /** What was read must be what was asked for: a snapshot of anything else is never completed. */
  private check(): void {
    const { sha256, count, aggregate } = this.reader.end();
    this.changed = count;
    this.aggregate = aggregate;
    if (sha256 === this.options.disk.sha256) return;
    throw new UserError('disk-changed', 'the raw disk is not what its manifest says', {
      where: this.options.disk.path,
      seen: `SHA-256 ${sha256}`,
      needed: `SHA-256 ${this.options.disk.sha256}`,
      next: ['build it again; nothing was published from it'],
    });
  }

  private progress(): UploadProgress {
    return {
      readBytes: this.read,
      sentBlocks: this.sent,
      keptBlocks: this.kept,
      window: this.window.limit,
    };
  }
}
