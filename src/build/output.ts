/** Puts a build into its output folder: links or copies what changed, verifies what is there. */
import { constants } from 'node:fs';
import { chmod, copyFile, link, mkdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../exec/run.ts';
import { digestBytes, digestFile } from '../store/digest.ts';
import { explainNoSpace } from '../store/no-space.ts';
import { OBJECT_MODE, type Store, type StoredObject, writeFileAtomically } from '../store/store.ts';
import { sweepUnfinished, unfinishedName } from '../store/temporary.ts';
import { type Artifact, type Manifest, manifestSchema } from './manifest.ts';
import { OutputMemory } from './output-memory.ts';

/** What the output folder gets: an artifact without its content. */
export type OutputName = Pick<Artifact, 'file' | 'role' | 'format'>;

/** A text of a build: the lock, or the SBOM. */
export interface OutputText extends OutputName {
  readonly text: string;
}

/** A file whose content is in the output folder. */
export interface ReadyFile {
  readonly artifact: Artifact;
  /** The unfinished name that it has until the build is finished; none when it is in its place already. */
  readonly temporary?: string;
}

/**
 * The output folder of a build. Files are brought in while the build goes on, beside what an earlier build left, and all
 * get their names together at its end: a build that fails changes nothing. The folder has a memory of what was put there:
 * an unchanged file is not read again.
 */
export class OutputFolder {
  /** Names of files that wait for their place. */
  private readonly unfinished = new Set<string>();

  private constructor(
    private readonly folder: string,
    /** The outermost folder that had to be made for it. */
    private readonly made: string | undefined,
    private readonly store: Store,
    private readonly memory: OutputMemory,
    /** Files that the folder's last finished build made. */
    private readonly before: readonly string[],
    private readonly signal: AbortSignal,
  ) {}

  static async open(store: Store, folder: string, signal: AbortSignal): Promise<OutputFolder> {
    const made = await mkdir(folder, { recursive: true });
    await sweepUnfinished(folder);
    const memory = await OutputMemory.open(store, folder);
    return new OutputFolder(folder, made, store, memory, await filesOfManifest(folder), signal);
  }

  /**
   * Brings a file into the folder under an unfinished name, unless the same content is there already.
   * @param wanted What the store has for it.
   * @param source Gives the object with its content verified; called only when it is needed. A damaged object is made
   * again for it, and may then have another digest.
   */
  async bring(
    name: OutputName,
    wanted: StoredObject,
    source: () => Promise<StoredObject>,
  ): Promise<ReadyFile> {
    const { file } = name;
    if (await this.isThere(file, wanted)) {
      await this.memory.see(file, wanted.sha256);
      return { artifact: { ...name, ...contentOf(wanted) } };
    }
    const temporary = await unfinishedName(join(this.folder, file));
    try {
      const object = await source();
      this.unfinished.add(temporary);
      const path = this.store.objectPath(object.sha256);
      if (name.role === 'disk') await copySparse(path, temporary, 0o644, this.signal);
      else if (!(await shareFile(path, temporary)))
        await copySparse(path, temporary, OBJECT_MODE, this.signal);
      return { artifact: { ...name, ...contentOf(object) }, temporary };
    } catch (error) {
      throw await explainNoSpace(error, { directory: this.folder, doing: `writing ${file}` });
    }
  }

  /**
   * Ends the build: everything gets its name, what earlier builds of this folder made and this one does not (by the old
   * manifest's word) goes, and last comes the manifest. Meanwhile the folder has none: what a killed build leaves does not
   * look finished.
   */
  async finish(
    files: readonly ReadyFile[],
    texts: readonly OutputText[],
    manifestOf: (artifacts: readonly Artifact[]) => Manifest,
  ): Promise<Manifest> {
    const artifacts = [...files.map(({ artifact }) => artifact), ...texts.map(describeText)];
    const manifest = manifestOf(artifacts);
    const written = manifestTexts(manifest);
    if (!(await this.isFinished(files, [...texts, ...written]))) {
      // All that needs space is done before anything changes.
      const texted: UnfinishedText[] = [];
      for (const text of [...texts, ...written]) texted.push(await this.bringText(text));
      for (const { file } of written) await rm(join(this.folder, file), { force: true });
      for (const { artifact, temporary } of files) {
        if (temporary === undefined) continue;
        await this.name(temporary, artifact.file);
        await this.memory.see(artifact.file, artifact.sha256);
      }
      const current = new Set(artifacts.map(({ file }) => file));
      for (const file of this.before)
        if (!current.has(file)) await rm(join(this.folder, file), { force: true });
      for (const { temporary, file } of texted) await this.name(temporary, file);
    }
    await this.memory.keep();
    return manifest;
  }

  /**
   * Takes back what a build that failed has brought in, and the folder if it was made for it. Never throws: why the build failed
   * matters more, and the next one sweeps what stayed.
   */
  async abandon(): Promise<void> {
    for (const name of this.unfinished) await rm(name, { force: true }).catch(() => undefined);
    for (let folder = this.folder; this.made !== undefined; folder = dirname(folder)) {
      // Somebody else's files stay, and so does what holds them.
      const isEmpty = await rmdir(folder).then(
        () => true,
        () => false,
      );
      if (!isEmpty || folder === this.made) return;
    }
  }

  /** Whether the folder is as this build would leave it. */
  private async isFinished(files: readonly ReadyFile[], texts: readonly TextFile[]): Promise<boolean> {
    if (files.some(({ temporary }) => temporary !== undefined)) return false;
    const present = await Promise.all(
      texts.map(({ file }) => readFile(join(this.folder, file), 'utf8').catch(() => undefined)),
    );
    return texts.every(({ text }, index) => text === present[index]);
  }

  private async bringText({ file, text }: TextFile): Promise<UnfinishedText> {
    const temporary = await unfinishedName(join(this.folder, file));
    this.unfinished.add(temporary);
    await writeFileAtomically(temporary, text).catch(async (error: unknown) => {
      throw await explainNoSpace(error, { directory: this.folder, doing: `writing ${file}` });
    });
    return { file, temporary };
  }

  private async name(temporary: string, file: string): Promise<void> {
    await rename(temporary, join(this.folder, file));
    // Of two names of one file, rename(2) leaves both.
    await rm(temporary, { force: true });
    this.unfinished.delete(temporary);
  }

  private async isThere(file: string, { sha256 }: StoredObject): Promise<boolean> {
    const known = await this.memory.digestOf(file);
    // An untouched file is what it was: when that is not what is wanted, there is no need to read it.
    if (known !== 'unknown') return known === sha256;
    return (await digestFile(join(this.folder, file), this.signal)) === sha256;
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

/** A text with its name. */
type TextFile = Pick<OutputText, 'file' | 'text'>;

/** A text under the name that it has until the build is finished. */
interface UnfinishedText {
  readonly file: string;
  readonly temporary: string;
}

function describeText({ text, ...name }: OutputText): Artifact {
  return { ...name, sizeBytes: Buffer.byteLength(text), sha256: digestBytes(text) };
}

function contentOf({ sizeBytes, sha256 }: StoredObject): Pick<Artifact, 'sizeBytes' | 'sha256'> {
  return { sizeBytes, sha256 };
}

/** manifest.json and SHA256SUMS, in the order of writing: the sums cover everything else. */
function manifestTexts(manifest: Manifest): TextFile[] {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const sums = [
    ...manifest.artifacts.map(({ file, sha256 }) => `${sha256}  ${file}`),
    `${digestBytes(text)}  manifest.json`,
  ];
  return [
    { file: 'manifest.json', text },
    { file: 'SHA256SUMS', text: `${sums.join('\n')}\n` },
  ];
}

/**
 * Gives a file of the store a second name, where both are on one file system. Its mode lets nobody write to it; a superuser who
 * does so all the same harms an object whose digest is verified before it is used, and which is then made again. Disks are copied:
 * machines write to them.
 * @returns Whether it could.
 */
async function shareFile(source: string, target: string): Promise<boolean> {
  return link(source, target).then(
    () => true,
    () => false,
  );
}

/** Copies a file, sharing blocks where the file system can, and keeping holes otherwise. */
async function copySparse(source: string, target: string, mode: number, signal: AbortSignal): Promise<void> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
  } catch {
    await rm(target, { force: true });
    await run(
      ['setpriv', '--pdeathsig', 'KILL', '--', 'cp', '--sparse=auto', '--no-preserve=mode', source, target],
      { signal },
    );
  }
  await chmod(target, mode);
}
