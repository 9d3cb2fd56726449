import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { UserError } from '../../../src/errors.ts';
import { loadRecipe } from '../../../src/recipe/load.ts';
import { fullRecipe, fullRecipeFiles } from './full-recipe.ts';
import { recipeFolder } from './recipe-folder.ts';

/** Each run reads real files; a slow disk must not fail the test. */
vi.setConfig({ testTimeout: 120_000 });

/** Loads the text as a recipe: true when it was accepted; throws when it neither is nor is refused properly. */
async function accepted(folder: string, text: string, set: readonly string[] = []): Promise<boolean> {
  await writeFile(join(folder, 'x.yaml'), text);
  const lines = text.split('\n');
  try {
    const recipe = await loadRecipe('x', { imagesDir: folder, set });
    expect(recipe.name).toBe('x');
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.code).toBe('recipe-invalid');
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { file, line, column, message, hint } of error.problems) {
      expect(message).not.toBe('');
      expect(`${message}${hint ?? ''}`).not.toMatch(/undefined|\[object|\n/);
      if (line === 0 || file !== join(folder, 'x.yaml')) continue;
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
    }
    return false;
  }
}

it('accepts the full recipe that the mutations start from', async () => {
  expect(await accepted(await recipeFolder(fullRecipeFiles), fullRecipe)).toBe(true);
});

it('any text is a recipe or a list of problems', async () => {
  const folder = await recipeFolder(fullRecipeFiles);
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'description',
      ': ',
      '\n',
      '- ',
      '[',
      '{',
      '}',
      '"',
      '&a ',
      '*a',
      '<<',
      '!x ',
      '  ',
      '\t',
      '\r\n',
      '---\n',
      '\u2028',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      await accepted(folder, pieces.join(''));
    }),
    { numRuns: 300 },
  );
});

it('any value in place of any key is accepted or refused', async () => {
  const folder = await recipeFolder(fullRecipeFiles);
  const full = parse(fullRecipe) as Record<string, unknown>;
  const outcomes = new Set<boolean>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...pathsOf(full)),
      fc.oneof(fc.jsonValue(), fc.constantFrom('a', 1, true, null, '/etc/a', '../x', [])),
      async (path, value) => {
        outcomes.add(await accepted(folder, stringify(replaced(full, path, value))));
      },
    ),
    { numRuns: 300 },
  );
  expect([...outcomes].sort()).toEqual([false, true]);
});

it('a recipe with one character changed is accepted or refused', async () => {
  const folder = await recipeFolder(fullRecipeFiles);
  await fc.assert(
    fc.asyncProperty(
      fc.nat(fullRecipe.length),
      fc.nat(3),
      fc.string({ maxLength: 3 }),
      async (at, length, insert) => {
        await accepted(folder, fullRecipe.slice(0, at) + insert + fullRecipe.slice(at + length));
      },
    ),
    { numRuns: 300 },
  );
});

it('any setting is accepted or refused', async () => {
  const folder = await recipeFolder(fullRecipeFiles);
  const key = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'compression.level',
      'files',
      'users',
      'packages.add',
      'variables.a',
      'constructor.prototype',
      'toString',
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(key, fc.oneof(fc.string(), fc.json())), { maxLength: 4 }),
      async (pairs) => {
        await accepted(
          folder,
          'description: x\n',
          pairs.map(([name, value]) => `${name}=${value}`),
        );
      },
    ),
    { numRuns: 300 },
  );
});

function pathsOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const steps = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  return [
    path,
    ...steps.flatMap((step) => pathsOf((value as Record<PropertyKey, unknown>)[step], [...path, step])),
  ];
}

function replaced(root: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const copy = structuredClone(root) as Record<PropertyKey, unknown>;
  copy[step] = replaced(copy[step], rest, value);
  return copy;
}
