/** Reading a recipe: the one door of this room. */
import { join, resolve } from 'node:path';
import { exitCodes, type Problem, UserError } from '../errors.ts';
import { suggestion } from '../yaml/nearest.ts';
import { type Layer, readLayers } from './layers.ts';
import { merge } from './merge.ts';
import { fragmentOf } from './read-fragment.ts';
import type { Recipe } from './recipe.ts';
import { checkMerged, resolveRecipe } from './resolve.ts';
import { readSettings } from './settings.ts';
import { firstFile, isPath, nameOf, namesIn } from './source.ts';

/** Where recipes are, and what the command line changes. */
export interface LoadOptions {
  /** Folder of the recipes; features are in its `features` folder. */
  readonly imagesDir: string;
  /** `KEY=VALUE` settings, such as `compression.level=9`; relative paths in them start from the current folder. */
  readonly set?: readonly string[];
}

/**
 * Reads a recipe with all it extends and its features, checks everything, and fills in defaults.
 * @param nameOrPath Name of a recipe in `imagesDir`, or a path (has a `/` or ends in `.yaml`).
 * @throws UserError `recipe-not-found`, or `recipe-invalid` with every problem of all files.
 */
export async function loadRecipe(nameOrPath: string, options: LoadOptions): Promise<Recipe> {
  const file = await find(nameOrPath, options.imagesDir);
  const { layers, problems: linkProblems } = await readLayers(
    file,
    options.imagesDir,
    readSettings(options.set ?? [], resolve('.')),
  );
  const merged = layers.map((layer) => fragmentOf(layer.source, layer.document)).reduce(merge);
  const invalidKeys = new Set(layers.flatMap((layer) => [...layer.invalidKeys]));
  const problems = [
    ...linkProblems,
    ...layers.flatMap((layer) => layer.problems),
    ...checkMerged(merged, invalidKeys),
  ];
  const files = layers.filter((layer) => layer.kind !== 'settings');
  const sources = [file, ...files.map((layer) => layer.source.file).filter((source) => source !== file)];
  if (problems.length > 0) throw invalid(nameOrPath, problems, sources);
  const own = files.find((layer) => layer.source.file === file);
  const head = {
    name: nameOf(file),
    description: descriptionOf(own, layers),
    sources,
    features: featuresOf(layers),
  };
  return resolveRecipe(head, merged, { file, line: 0, column: 0 });
}

async function find(nameOrPath: string, imagesDir: string): Promise<string> {
  const candidate = isPath(nameOrPath) ? nameOrPath : join(imagesDir, `${nameOrPath}.yaml`);
  const file = await firstFile([candidate]);
  if (file !== undefined) return file;
  const names = await namesIn(imagesDir);
  throw new UserError('recipe-not-found', `there is no recipe "${nameOrPath}"`, {
    seen: `nothing at ${candidate}`,
    needed: names.length === 0 ? `a recipe; ${imagesDir} has none` : suggestion(nameOrPath, names, 'recipes'),
    next: ['name one of the recipes that `basalt list` shows, or give the path of a recipe file'],
    exitCode: exitCodes.invalidInput,
  });
}

/** The recipe's own file first, then the others as they were read; within a file from top to bottom. */
function invalid(nameOrPath: string, problems: readonly Problem[], sources: readonly string[]): UserError {
  const rank = (problem: Problem) => {
    const index = sources.indexOf(problem.file);
    return index < 0 ? sources.length : index;
  };
  const sorted = [...problems].sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
  const count = sorted.length === 1 ? 'a problem' : `${sorted.length} problems`;
  return new UserError('recipe-invalid', `recipe "${nameOrPath}" has ${count}`, {
    problems: sorted,
    exitCode: exitCodes.invalidInput,
  });
}

/** Descriptions are not inherited: a base and a feature describe themselves. */
function descriptionOf(own: Layer | undefined, layers: readonly Layer[]): string {
  const set = layers.find((layer) => layer.kind === 'settings');
  return set?.document.description ?? own?.document.description ?? '';
}

function featuresOf(layers: readonly Layer[]): string[] {
  return layers.filter((layer) => layer.kind === 'feature').map((layer) => layer.name);
}
