/** Images of other recipes than the one that most tests look at. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { manifestSchema } from '../../src/build/manifest.ts';
import type { TestImage } from './image.ts';

export interface RecipeImageOptions {
  /** Further arguments of `build`. */
  readonly arguments?: readonly string[];
  /** Behind the recipe's name in that of the variable: `NEWER`. */
  readonly suffix?: string;
}

/**
 * Builds an image, unless BASALT_TEST_IMAGE_NAME, such as BASALT_TEST_IMAGE_CLUSTER, names an output folder that has it.
 * @returns The image, and what removes it when it was built.
 */
export async function recipeImage(
  recipe: string,
  { arguments: more = [], suffix }: RecipeImageOptions = {},
): Promise<{ image: TestImage; remove: () => Promise<void> }> {
  const given =
    process.env[['BASALT_TEST_IMAGE', recipe.toUpperCase(), ...(suffix ? [suffix] : [])].join('_')];
  const folder = given ?? (await mkdtemp(join(tmpdir(), `basalt-test-${recipe}-`)));
  if (given === undefined) {
    const basalt = resolve(import.meta.dirname, '../../basalt');
    await execa(basalt, ['build', recipe, '--output', folder, ...more], { stdio: ['ignore', 2, 2] });
  }
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  const path = (format: string): string => {
    const artifact = manifest.artifacts.find((entry) => entry.format === format);
    if (artifact === undefined) throw new Error(`the image ${recipe} has no ${format}`);
    return join(folder, artifact.file);
  };
  return {
    image: { folder, manifest, path },
    remove: async () => {
      if (given === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
