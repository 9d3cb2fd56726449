/** `basalt list`: the recipes, and what was built from them. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { buildsOf, builtImages } from '../inspect/output-folder.ts';
import { listRecipes } from '../recipe/list.ts';
import { loadRecipe } from '../recipe/load.ts';
import { type ListedBuild, type ListedImage, listLines } from './list-view.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

export function registerList(program: Command): void {
  program
    .command('list')
    .description('list the recipes, and the versions that were built')
    .addHelpText('after', '\nExample:\n  ./basalt list\n')
    .action((options: CommonOptions) =>
      inSession(options, async (session) => {
        await showResult(session, 'list', { images: await listImages(session) }, listLines);
      }),
    );
}

async function listImages({ home, imagesDir }: Session): Promise<readonly ListedImage[]> {
  const outDir = join(home, 'out');
  const recipes = await listRecipes(imagesDir);
  const names = new Set([...recipes.map(({ name }) => name), ...(await builtImages(outDir))]);
  return Promise.all(
    [...names].sort().map(async (name) => {
      const recipe = recipes.find((candidate) => candidate.name === name);
      const read = recipe === undefined ? undefined : await readRecipe(name, imagesDir);
      return {
        name,
        recipe: recipe?.file,
        description: recipe?.description,
        features: read?.features ?? [],
        formats: read?.formats ?? [],
        problems: read?.problems ?? 0,
        builds: await buildsIn(outDir, name),
      };
    }),
  );
}

async function readRecipe(name: string, imagesDir: string) {
  try {
    const { features, formats } = await loadRecipe(name, { imagesDir });
    return { features, formats, problems: 0 };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { features: [], formats: [], problems: Math.max(1, error.problems.length) };
  }
}

async function buildsIn(outDir: string, image: string): Promise<readonly ListedBuild[]> {
  return (await buildsOf(outDir, image)).map(({ folder, manifest, builtAt }) => ({
    version: manifest.version,
    folder,
    sizeBytes: manifest.artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    builtAt: new Date(builtAt).toISOString(),
  }));
}
