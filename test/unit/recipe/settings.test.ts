import { describe, expect, it } from 'vitest';
import { loadRecipe } from '../../../src/recipe/load.ts';
import { problemsOfText, recipeFolder } from './recipe-folder.ts';

async function load(set: readonly string[]) {
  const folder = await recipeFolder({
    'x.yaml': 'description: x\npackages: {add: [curl]}\nvariables: {a: file, b: file}\n',
    'features/f.yaml': 'description: f\nvariables: {a: feature}\n',
  });
  return loadRecipe('x', { imagesDir: folder, set });
}

describe('--set', () => {
  it('changes scalars, adds to lists and makes maps', async () => {
    const recipe = await load([
      'compression.level=9',
      'packages.add=[vim, git]',
      'variables.greeting=hello',
      'formats=qcow2',
      'partitions.root=2G',
      'partitions.verity=17M',
    ]);
    expect(recipe.compression.level).toBe(9);
    expect(recipe.packages.add.map((request) => request.name)).toEqual(['curl', 'vim', 'git']);
    expect(recipe.packages.add[1]?.origin).toEqual({ file: '--set packages.add', line: 0, column: 0 });
    expect(recipe.variables).toEqual({ a: 'file', b: 'file', greeting: 'hello' });
    expect(recipe.formats).toEqual(['qcow2']);
    expect(recipe.partitions.rootBytes).toBe(2 * 2 ** 30);
    expect(recipe.sources).toHaveLength(1);
  });

  it('takes values as they are meant: text stays text, versions are not numbers', async () => {
    const recipe = await load([
      'description=2024',
      'variables.a=1.10',
      'variables.b=7',
      'variables.c=true',
      'variables.d=a=b',
    ]);
    expect(recipe.description).toBe('2024');
    expect(recipe.variables).toEqual({ a: '1.10', b: 7, c: true, d: 'a=b' });
  });

  it('lets the last of the same key win, and the order of different keys not matter', async () => {
    expect((await load(['suite=sid', 'suite=forky'])).suite).toBe('forky');
    expect(
      (await load(['compression.level=12', 'compression.algorithm=lz4hc', 'compression.filesystem=erofs']))
        .compression,
    ).toMatchObject({ level: 12, algorithm: 'lz4hc' });
  });

  it('merges a feature over the recipe', async () => {
    const recipe = await load(['features=f']);
    expect(recipe.features).toEqual(['f']);
    expect(recipe.variables).toEqual({ a: 'feature', b: 'file' });
  });

  it.each([
    [
      'compresion.level=9',
      '--set compresion.level:0:0: unknown key "compresion" | did you mean "compression"?',
    ],
    [
      'compression.levle=9',
      '--set compression.levle:0:0: unknown key "levle" in compression | did you mean "level"?',
    ],
    ['compression.level=high', '--set compression.level:0:0: compression.level is "high", not a number'],
    ['compression.level', '--set compression.level:0:0: not of the form KEY=VALUE'],
    ['=9', '--set =9:0:0: not of the form KEY=VALUE'],
    ['extends=base', '--set extends:0:0: extends cannot be set from the command line'],
    ['variables.__proto__=1', '--set variables.__proto__:0:0: the key "__proto__" is reserved'],
    ['features=nope', '--set features:0:0: feature "nope" does not exist'],
    ['packages.add=[', '--set packages.add:0:0: '],
    ['updates=', '--set updates:0:0: updates has no value'],
  ])('explains %s', async (setting, problem) => {
    const problems = await problemsOfText('description: x\n', [setting]);
    expect(problems[0]?.slice(0, problem.length)).toBe(problem);
  });

  it('refuses a key set as a whole and in parts', async () => {
    const problems = await problemsOfText('description: x\n', ['suite=sid', 'suite.a=b']);
    expect(problems).toContain(
      '--set suite.a:0:0: suite is set as a whole too | set either the whole or its parts',
    );
  });
});
