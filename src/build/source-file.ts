/** Sources of a plan as files that a stage can read. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BugError, UserError } from '../errors.ts';
import type { Source } from '../plan/content.ts';
import { digestFile } from '../store/digest.ts';

/**
 * Writes a text source to a file, or copies a file source that is still what was planned with.
 * @param folder Where the file goes.
 * @throws {UserError} when it is not.
 */
export async function fileOf(
  sha256: string,
  sources: ReadonlyMap<string, Source>,
  folder: string,
): Promise<string> {
  const source = sources.get(sha256);
  if (source?.kind === 'text') {
    await mkdir(folder, { recursive: true });
    const path = join(folder, sha256);
    await writeFile(path, source.text);
    return path;
  }
  if (source?.kind !== 'file') throw new BugError(`no file for ${sha256}`);
  // A copy: the stage may read it later, and the original may change meanwhile.
  await mkdir(folder, { recursive: true });
  const copy = join(folder, sha256);
  await copyFile(source.path, copy);
  if ((await digestFile(copy)) !== sha256) {
    throw new UserError('file-changed', 'a file changed while the image was built', {
      where: source.path,
      next: ['build again'],
    });
  }
  return copy;
}
