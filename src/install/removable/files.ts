/** Small files on removable volumes: mounted read-only for the moment, but for a log that is written. */
import { InterruptedError, UserError } from '../../errors.ts';
import { runMounted } from '../mounted.ts';
import type { Programs } from '../programs.ts';
import type { Volume } from './volumes.ts';

/** Keys, certificates and configurations are smaller. */
const MAXIMUM_BYTES = 1024 * 1024;

/** More than anybody looks through. */
const MOST_FILES = 200;

/** A file by its volume and path. */
export interface VolumeFile {
  readonly volume: Volume;
  /** Below the volume's root, without a slash at its beginning. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** What may be a key or a configuration: no hidden folders, nothing deep. */
const LIST = `find . -maxdepth 3 -name '.?*' -prune -o -type f -size -${MAXIMUM_BYTES / 512 + 1} -printf '%s %P\\0'`;

/** Lists files; a volume that cannot be mounted has none. */
export async function listFiles(
  programs: Programs,
  volumes: readonly Volume[],
  signal?: AbortSignal,
): Promise<readonly VolumeFile[]> {
  const found: VolumeFile[] = [];
  for (const volume of volumes) {
    const { place, fileSystem } = volume;
    const text = await runMounted(
      programs,
      { place, fileSystem, readOnly: true, script: LIST, args: [] },
      { signal },
    ).catch((error: unknown) => {
      if (error instanceof InterruptedError) throw error;
      return '';
    });
    found.push(...parseFiles(text).map((file) => ({ volume, ...file })));
  }
  return found;
}

/** Pure: `SIZE PATH`, each ended by a NUL; sorted by path. */
export function parseFiles(text: string): readonly { readonly path: string; readonly sizeBytes: number }[] {
  return text
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const at = entry.indexOf(' ');
      return { path: entry.slice(at + 1), sizeBytes: Number(entry.slice(0, at)) };
    })
    .filter(({ sizeBytes }) => sizeBytes > 0 && sizeBytes <= MAXIMUM_BYTES)
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .slice(0, MOST_FILES);
}

/** Reads a file. @throws {UserError} when it is no text. */
export async function readVolumeFile(
  programs: Programs,
  { volume: { place, fileSystem }, path }: VolumeFile,
  signal?: AbortSignal,
): Promise<string> {
  const script = `head -c ${MAXIMUM_BYTES} -- "./$1"`;
  const text = await runMounted(
    programs,
    { place, fileSystem, readOnly: true, script, args: [path] },
    { signal },
  );
  if (/[\0\ufffd]/.test(text))
    throw new UserError('file-unreadable', 'the file is not text', {
      where: path,
      next: ['choose a .pub file, a certificate, or a cloud-config'],
    });
  return text;
}

/** Writes a file into the volume's root, over one of the same name. @throws {ToolError} */
export async function writeVolumeFile(
  programs: Programs,
  { place, fileSystem }: Volume,
  file: { readonly name: string; readonly text: string },
): Promise<void> {
  const script = 'cat >"./$1"; sync "./$1"';
  await runMounted(programs, { place, fileSystem, script, args: [file.name] }, { input: file.text });
}
