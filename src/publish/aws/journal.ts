/**
 * What of a snapshot in progress is on Amazon's side already, so that a run that was killed goes on where it stopped. A
 * file of lines: the first is JSON and says which snapshot, the others are numbers of blocks that the service has
 * confirmed. Only ever appended to; a torn last line counts for nothing, and a lost one costs sending its block again.
 */
import { type FileHandle, mkdir, open, readFile, rm, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../store/store.ts';
import { BLOCK_BYTES } from './blocks.ts';

const headSchema = z.object({
  snapshotId: z.string(),
  /** SHA-256 of the raw disk. */
  sha256: z.string(),
  sizeBytes: z.number(),
});

/** Which snapshot of which disk. */
export type JournalHead = z.infer<typeof headSchema>;

/** What is not synced after this time may have to be sent again after a power cut. */
const SYNC_EVERY_MS = 2000;

export class Journal {
  private syncedAtMs = performance.now();

  private constructor(
    private readonly file: FileHandle,
    private readonly sent: BlockSet,
  ) {}

  /** What a journal is about; undefined when there is none that can be used. */
  static async head(path: string): Promise<JournalHead | undefined> {
    return (await read(path))?.head;
  }

  /** Opens the journal of a snapshot; begins a new one when the file is about another. */
  static async open(path: string, head: JournalHead): Promise<Journal> {
    const known = await read(path);
    const same = known?.head.snapshotId === head.snapshotId && known.head.sha256 === head.sha256;
    if (!same) {
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomically(path, `${JSON.stringify(head)}\n`);
    }
    // What is left of a torn line would be the number of another block: it goes.
    if (same) await truncate(path, known.wholeBytes);
    const file = await open(path, 'a');
    return new Journal(file, same ? known.sent : new BlockSet());
  }

  /** Blocks that were sent before. */
  get sentCount(): number {
    return this.sent.size;
  }

  has(index: number): boolean {
    return this.sent.has(index);
  }

  async add(index: number): Promise<void> {
    await this.file.write(`${index}\n`);
    if (performance.now() - this.syncedAtMs < SYNC_EVERY_MS) return;
    this.syncedAtMs = performance.now();
    await this.file.datasync();
  }

  async close(): Promise<void> {
    await this.file.datasync();
    await this.file.close();
  }

  /** Once the snapshot is complete. */
  static async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }
}

/** One bit per block: a disk of 16 TiB, the largest there is, takes 4 MiB. */
class BlockSet {
  private bits = Buffer.alloc(1024);
  size = 0;

  has(index: number): boolean {
    return ((this.bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  add(index: number): void {
    if (this.has(index)) return;
    if (index >> 3 >= this.bits.length) {
      this.bits = Buffer.concat([this.bits], Math.max(2 * this.bits.length, (index >> 3) + 1));
    }
    this.bits[index >> 3] = (this.bits[index >> 3] ?? 0) | (1 << (index & 7));
    this.size++;
  }
}

/** What a journal says, and how much of the file is whole lines. */
interface Read {
  readonly head: JournalHead;
  readonly sent: BlockSet;
  readonly wholeBytes: number;
}

async function read(path: string): Promise<Read | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [first = '', ...rest] = whole.split('\n');
  let head: JournalHead;
  try {
    head = headSchema.parse(JSON.parse(first));
  } catch {
    return undefined;
  }
  const sent = new BlockSet();
  const blocks = Math.ceil(head.sizeBytes / BLOCK_BYTES);
  for (const line of rest) if (/^\d{1,8}$/.test(line) && Number(line) < blocks) sent.add(Number(line));
  return { head, sent, wholeBytes: Buffer.byteLength(whole) };
}
