/** Puts a finished build into its output folder: copies what changed, verifies what is there. */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../exec/run.ts';
import { digestBytes, digestFile } from '../store/digest.ts';
import { explainNoSpace } from '../store/no-space.ts';
import { type Store, type StoredObject, writeFileAtomically } from '../store/store.ts';
import { sweepUnfinished, unfinishedName } from '../store/temporary.ts';
import { type Artifact, type ArtifactRole, type Manifest, manifestSchema } from './manifest.ts';

/** A file of a build before it has a name in the output folder. */
export interface OutputFile {
  readonly file: string;
  readonly role: ArtifactRole;
  readonly format: string;
  readonly object: StoredObject;
}

/** What a file looked like when its content was last known to be right (the idea of git's index). */
interface Seen {
  readonly sha256: string;
  readonly fingerprint: string;
}

/** The output folder of a build, with a memory of what was put there: an unchanged file is not read again. */
export class OutputFolder {
  private constructor(
    private readonly folder: string,
    private readonly store: Store,
    private readonly memory: string,
    private readonly seen: Map<string, Seen>,
    /** Files that the folder's last finished build made. */
    private readonly before: readonly string[],
    private readonly signal: AbortSignal,
  ) {}

  static async open(store: Store, folder: string, signal: AbortSignal): Promise<OutputFolder> {
    await sweepUnfinished(folder);
    await sweepUnfinished(join(store.directory, 'outputs'));
    const memory = join(store.directory, 'outputs', `${digestBytes(folder).slice(0, 32)}.json`);
    const before = await filesOfManifest(folder);
    return new OutputFolder(folder, store, memory, await readMemory(memory), before, signal);
  }

  /**
   * Puts a file into the folder, unless the same content is there already.
   * @param source Gives the object with its content verified; called only when it is needed. A damaged object is made
   * again for it, and may then have another digest.
   */
  async place(output: OutputFile, source: () => Promise<StoredObject>): Promise<Artifact> {
    const { file, role, format } = output;
    let { object } = output;
    const target = join(this.folder, file);
    if (!(await this.isThere(target, file, object))) {
      const temporary = await unfinishedName(target);
      try {
        object = await source();
        await this.invalidate();
        await copySparse(this.store.objectPath(object.sha256), temporary, this.signal);
        await rename(temporary, target);
      } catch (error) {
        await rm(temporary, { force: true });
        throw await explainNoSpace(error, { directory: this.folder, doing: `writing ${file}` });
      }
    }
    this.seen.set(file, { sha256: object.sha256, fingerprint: (await fingerprintOf(target)) ?? '' });
    return { file, role, format, sizeBytes: object.sizeBytes, sha256: object.sha256 };
  }

  /** Keeps the memory for the next build. */
  async remember(): Promise<void> {
    const memory: Memory = { boot: await bootId(), seen: Object.fromEntries(this.seen) };
    await writeFileAtomically(this.memory, JSON.stringify(memory));
  }

  /** Removes what earlier builds of this folder made and this one does not, by the old manifest's word. */
  async removeStale(artifacts: readonly Artifact[]): Promise<void> {
    const current = new Set(artifacts.map(({ file }) => file));
    for (const file of this.before)
      if (!current.has(file)) await rm(join(this.folder, file), { force: true });
  }

  /** While files are replaced, the folder has no manifest: what a killed build leaves does not look finished. */
  private async invalidate(): Promise<void> {
    for (const name of ['SHA256SUMS', 'manifest.json']) await rm(join(this.folder, name), { force: true });
  }

  private async isThere(target: string, file: string, object: StoredObject): Promise<boolean> {
    const fingerprint = await fingerprintOf(target);
    if (fingerprint === undefined) return false;
    const seen = this.seen.get(file);
    // An untouched file is what it was: when that is not what is wanted, there is no need to read it.
    if (seen?.fingerprint === fingerprint) return seen.sha256 === object.sha256;
    return (await digestFile(target, this.signal)) === object.sha256;
  }
}

/**
 * The memory holds only while the machine runs: output files are not synced, so after a power cut one may be empty
 * and still have its old size and times.
 */
interface Memory {
  readonly boot: string;
  readonly seen: Readonly<Record<string, Seen>>;
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

async function filesOfManifest(folder: string): Promise<string[]> {
  try {
    return manifestSchema
      .parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')))
      .artifacts.map(({ file }) => file);
  } catch {
    return [];
  }
}

/** Changes whenever a file is written or replaced: size, inode, and the times of content and inode. */
async function fingerprintOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.size} ${found.ino} ${found.mtimeNs} ${found.ctimeNs}`;
}

/** Writes a text artifact. */
export async function placeText(
  folder: string,
  file: string,
  role: ArtifactRole,
  format: string,
  text: string,
): Promise<Artifact> {
  const target = join(folder, file);
  const present = await readFile(target, 'utf8').catch(() => undefined);
  if (present !== text) await writeText(folder, file, text);
  return { file, role, format, sizeBytes: Buffer.byteLength(text), sha256: digestBytes(text) };
}

/** Writes manifest.json and SHA256SUMS, in this order: the sums cover everything else. */
export async function placeManifest(folder: string, manifest: Manifest): Promise<void> {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await writeText(folder, 'manifest.json', text);
  const sums = [
    ...manifest.artifacts.map(({ file, sha256 }) => `${sha256}  ${file}`),
    `${digestBytes(text)}  manifest.json`,
  ];
  await writeText(folder, 'SHA256SUMS', `${sums.join('\n')}\n`);
}

async function writeText(folder: string, file: string, text: string): Promise<void> {
  await writeFileAtomically(join(folder, file), text).catch(async (error: unknown) => {
    throw await explainNoSpace(error, { directory: folder, doing: `writing ${file}` });
  });
}

/** Copies a file, sharing blocks where the file system can, and keeping holes otherwise. */
async function copySparse(source: string, target: string, signal: AbortSignal): Promise<void> {
  await mkdir(join(target, '..'), { recursive: true });
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
  } catch {
    await rm(target, { force: true });
    await run(
      ['setpriv', '--pdeathsig', 'KILL', '--', 'cp', '--sparse=auto', '--no-preserve=mode', source, target],
      { signal },
    );
  }
  await chmod(target, 0o644);
}
