/** Real folders of recipes for these tests. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { loadRecipe } from '../../../src/recipe/load.ts';

/** Writes `files` (path to content) into a new folder that goes away with the test. */
export async function recipeFolder(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-recipe-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await fill(folder, files);
  return folder;
}

/** Writes `files` into a folder. */
export async function fill(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** The error that loading gives; fails when it gives none. */
export async function failure(
  name: string,
  imagesDir: string,
  set: readonly string[] = [],
): Promise<UserError> {
  const outcome = await loadRecipe(name, { imagesDir, set }).catch((error: unknown) => error);
  if (outcome instanceof UserError) return outcome;
  throw outcome instanceof Error ? outcome : new Error(`${name} was accepted`);
}

/** Problems as lines of `file:line:column: message | hint`, with files relative to the folder. */
export function lines(error: UserError, imagesDir: string): string[] {
  return error.problems.map(({ file, line, column, message, hint }) =>
    `${file}:${line}:${column}: ${message} | ${hint ?? ''}`.replaceAll(`${imagesDir}/`, ''),
  );
}

/** The problems of one recipe file's text. */
export async function problemsOfText(text: string, set: readonly string[] = []): Promise<string[]> {
  const folder = await recipeFolder({ 'x.yaml': text });
  return lines(await failure('x', folder, set), folder);
}
