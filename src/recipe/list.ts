/** The recipes there are, for `basalt list`. */
import { join } from 'node:path';
import { valueAt } from '../yaml/value-path.ts';
import { namesIn, readSource } from './source.ts';

/** One recipe of a folder. */
export interface RecipeSummary {
  readonly name: string;
  readonly file: string;
  /** Undefined when the file has none that can be read; `loadRecipe` tells why. */
  readonly description: string | undefined;
}

/** The recipes of `imagesDir`, sorted by name. A recipe with mistakes is listed too. */
export async function listRecipes(imagesDir: string): Promise<RecipeSummary[]> {
  const names = await namesIn(imagesDir);
  return Promise.all(
    names.map(async (name) => {
      const file = join(imagesDir, `${name}.yaml`);
      const description = valueAt((await readSource(file)).value, ['description']);
      return { name, file, description: typeof description === 'string' ? description : undefined };
    }),
  );
}
