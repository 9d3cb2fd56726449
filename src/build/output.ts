/** Puts a finished build into its output folder: copies what changed, verifies what is there. */
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../exec/run.ts';
import { digestBytes, digestFile } from '../store/digest.ts';
import { explainNoSpace } from '../store/no-space.ts';
import { type Store, type StoredObject, writeFileAtomically } from '../store/store.ts';
import { sweepUnfinished, unfinishedName } from '../store/temporary.ts';
import type { Artifact, ArtifactRole, Manifest } from './manifest.ts';

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
    private readonly memory: string,
    private readonly seen: Map<string, Seen>,
    private readonly signal: AbortSignal,
  ) {}

  static async open(store: Store, folder: string, signal: AbortSignal): Promise<OutputFolder> {
    await sweepUnfinished(folder);
    await sweepUnfinished(join(store.directory, 'outputs'));
    const memory = join(store.directory, 'outputs', `${digestBytes(folder).slice(0, 32)}.json`);
    const text = await readFile(memory, 'utf8').catch(() => '{}');
    let seen: Map<string, Seen>;
    try {
      seen = new Map(Object.entries(JSON.parse(text) as Record<string, Seen>));
    } catch {
      seen = new Map();
    }
    return new OutputFolder(folder, memory, seen, signal);
  }

  /**
   * Puts a file into the folder, unless the same content is there already.
   * @param source Gives the path of the verified content; called only when it is needed.
   */
  async place(output: OutputFile, source: () => Promise<string>): Promise<Artifact> {
    const { file, role, format, object } = output;
    const target = join(this.folder, file);
    if (!(await this.isThere(target, file, object))) {
      const temporary = await unfinishedName(target);
      try {
        await copySparse(await source(), temporary, this.signal);
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
    await writeFileAtomically(this.memory, JSON.stringify(Object.fromEntries(this.seen)));
  }

  private async isThere(target: string, file: string, object: StoredObject): Promise<boolean> {
    const fingerprint = await fingerprintOf(target);
    if (fingerprint === undefined) return false;
    const seen = this.seen.get(file);
    if (seen?.sha256 === object.sha256 && seen.fingerprint === fingerprint) return true;
    return (await digestFile(target, this.signal)) === object.sha256;
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
