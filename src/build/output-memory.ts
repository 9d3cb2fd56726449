/** What is known of the files in an output folder, so that an unchanged one is not read again. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestBytes } from '../store/digest.ts';
import { type Store, writeFileAtomically } from '../store/store.ts';
import { sweepUnfinished } from '../store/temporary.ts';

/** What a file looked like when its content was last known to be right (the idea of git's index). */
interface Seen {
  readonly sha256: string;
  readonly fingerprint: string;
}

/**
 * The memory as it is kept, in the store. It holds only while the machine runs: output files are not synced, so after a power
 * cut one may be empty and still have its old size and times.
 */
interface Memory {
  readonly boot: string;
  readonly seen: Readonly<Record<string, Seen>>;
}

export class OutputMemory {
  private constructor(
    private readonly folder: string,
    private readonly path: string,
    private readonly seen: Map<string, Seen>,
  ) {}

  static async open(store: Store, folder: string): Promise<OutputMemory> {
    const memories = join(store.directory, 'outputs');
    await sweepUnfinished(memories);
    const path = join(memories, `${digestBytes(folder).slice(0, 32)}.json`);
    return new OutputMemory(folder, path, await readMemory(path));
  }

  /** The SHA-256 of a file in the folder; undefined when there is none, and `unknown` when it must be read for that. */
  async digestOf(file: string): Promise<string | undefined> {
    const fingerprint = await this.fingerprintOf(file);
    if (fingerprint === undefined) return undefined;
    const seen = this.seen.get(file);
    return seen?.fingerprint === fingerprint ? seen.sha256 : 'unknown';
  }

  /** A file in the folder has this content: believed from now on, as long as nobody touches it. */
  async see(file: string, sha256: string): Promise<void> {
    this.seen.set(file, { sha256, fingerprint: (await this.fingerprintOf(file)) ?? '' });
  }

  /** Keeps the memory for the next build. */
  async keep(): Promise<void> {
    const memory: Memory = { boot: await bootId(), seen: Object.fromEntries(this.seen) };
    await writeFileAtomically(this.path, JSON.stringify(memory));
  }

  /** Changes whenever a file is written or replaced: size, inode, and the times of content and inode. */
  private async fingerprintOf(file: string): Promise<string | undefined> {
    const found = await stat(join(this.folder, file), { bigint: true }).catch(() => undefined);
    return found === undefined ? undefined : `${found.size} ${found.ino} ${found.mtimeNs} ${found.ctimeNs}`;
  }
}

/** The kernel's id of this boot (random(4)). */
async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

async function readMemory(path: string): Promise<Map<string, Seen>> {
  try {
    const { boot, seen } = JSON.parse(await readFile(path, 'utf8')) as Memory;
    return boot === (await bootId()) ? new Map(Object.entries(seen)) : new Map();
  } catch {
    return new Map();
  }
}
