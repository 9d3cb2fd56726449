/** The files and folders of the build machine that a recipe names: are they there? */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Problem } from '../errors.ts';
import { suggestion } from '../yaml/nearest.ts';
import { type Item, pathText, textsAt, valueAt } from '../yaml/value-path.ts';
import { unseenFolders } from './image-path.ts';
import type { RecipeSource } from './source.ts';

type Kind = 'file' | 'folder';

/** Problems of the sources, templates, overlays, scripts and keyrings that `source` names. */
export async function checkReferences(source: RecipeSource): Promise<Problem[]> {
  const { value } = source;
  const files = [
    ...textsAt(value, ['files'], ['source']),
    ...textsAt(value, ['files'], ['template']),
    ...textsAt(value, ['hooks'], ['script']),
    ...textsAt(value, ['mirrors'], ['keyring']),
    ...textsAt(value, ['update', 'root']),
  ];
  const checks = [
    ...files.map((item) => checkReference(item, 'file', source)),
    ...textsAt(value, ['overlays']).map((item) => checkReference(item, 'folder', source)),
  ];
  return (await Promise.all(checks)).flat();
}

async function checkReference(item: Item, kind: Kind, source: RecipeSource): Promise<Problem[]> {
  const written = String(valueAt(source.value, item.path));
  // The schema has refused these already.
  if (written === '' || written.includes('\0') || written.split('/').includes('..')) return [];
  const path = resolve(source.folder, written);
  const place = source.place(item.path);
  const name = pathText(item.path);
  let found: Kind | 'other';
  try {
    const stats = await stat(path);
    found = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'does not exist'
        : `cannot be read: ${(error as Error).message}`;
    return [{ ...place, message: `${name} is "${written}", which ${why}`, hint: await missingHint(path) }];
  }
  if (found !== kind)
    return [
      {
        ...place,
        message: `${name} is "${written}", which is not a ${kind}`,
        hint: `a ${kind} on the build machine`,
      },
    ];
  return kind === 'folder' ? unseenProblems(path, written, place, name) : [];
}

/** Looked for PATH, and what is there with nearly that name. */
async function missingHint(path: string): Promise<string> {
  const siblings = await readdir(dirname(path)).catch(() => undefined);
  if (siblings === undefined) return `looked for ${path}; its folder does not exist either`;
  const listed = siblings.sort().slice(0, 20);
  return `looked for ${path}; ${suggestion(basename(path), listed, 'that folder has')}`;
}

async function unseenProblems(
  folder: string,
  written: string,
  place: Omit<Problem, 'message'>,
  name: string,
): Promise<Problem[]> {
  const present = await Promise.all(
    unseenFolders().map(async (path) =>
      (await stat(join(folder, path)).catch(() => undefined)) === undefined ? [] : [path],
    ),
  );
  return present.flat().map((path) => ({
    ...place,
    message: `${name} is "${written}", which has ${path}: on the machine /${path} is mounted over or leads into /var`,
    hint: 'move it under usr or etc, or have the machine create it with a rule in usr/lib/tmpfiles.d',
  }));
}
