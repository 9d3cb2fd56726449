/** Recipe and feature files on disk: where a name leads, and reading one. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { formatSize } from '../units.ts';
import { DOCUMENT_MAXIMUM_BYTES, readDocument, type SourceDocument, unreadable } from '../yaml/document.ts';

/** A file of a recipe, and `--set` options, which have the same form. */
export interface RecipeSource extends SourceDocument {
  /** Absolute folder that relative paths start from. */
  readonly folder: string;
}

/** True for `./x`, `a/b` and `x.yaml`; false for the bare name of a recipe. */
export function isPath(nameOrPath: string): boolean {
  return nameOrPath.includes('/') || /\.ya?ml$/.test(nameOrPath);
}

/** The name of a recipe file: its base name without `.yaml`. */
export function nameOf(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '');
}

/** Folder of the feature files. */
export function featuresFolder(imagesDir: string): string {
  return join(imagesDir, 'features');
}

/** Names of the recipe files in a folder, sorted; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.yaml') && !name.startsWith('.'))
    .map(nameOf)
    .sort();
}

/** The first of `candidates` that is there. */
export async function firstFile(candidates: readonly string[]): Promise<string | undefined> {
  for (const candidate of candidates) {
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile()) return candidate;
  }
  return undefined;
}

/** Reads a file. Never throws: what is wrong is in the document's problems. */
export async function readSource(file: string): Promise<RecipeSource> {
  const folder = dirname(resolve(file));
  const refuse = (message: string, hint: string) =>
    inFolder(folder, unreadable(file, 'recipe', [{ file, line: 0, column: 0, message, hint }]));
  try {
    const { size } = await stat(file);
    if (size > DOCUMENT_MAXIMUM_BYTES)
      return refuse(
        `the file has ${formatSize(size)}`,
        `a recipe has at most ${formatSize(DOCUMENT_MAXIMUM_BYTES)}; put large content into files beside it`,
      );
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
    return inFolder(folder, readDocument(file, 'recipe', text));
  } catch (error) {
    if (error instanceof TypeError) return refuse('the file is not UTF-8 text', 'save it as UTF-8');
    return refuse(`cannot be read: ${(error as Error).message}`, 'check the path and its permissions');
  }
}

function inFolder(folder: string, document: SourceDocument): RecipeSource {
  return { ...document, folder };
}
