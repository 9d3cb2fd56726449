/** One file of a recipe, checked on its own. */
import type { Problem } from '../errors.ts';
import { problemsOf } from '../yaml/problems.ts';
import { valueAt } from '../yaml/value-path.ts';
import { checkEntries } from './checks.ts';
import { recipeJsonSchema } from './json-schema.ts';
import { checkReferences } from './references.ts';
import { type RecipeDocument, recipePartSchema, recipeSchema } from './schema.ts';
import type { RecipeSource } from './source.ts';

/** A recipe is merged from files of three kinds; only a recipe has a base. */
export type LayerKind = 'recipe' | 'feature' | 'settings';

/** What {@link validate} found. */
export interface Validation {
  /** The file without its invalid top-level keys, so that the rest can still be checked together with other files. */
  readonly document: RecipeDocument;
  /** Top-level keys that were left out. */
  readonly invalidKeys: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Checks a file: its keys, its values, its entries among each other, and the files it names. */
export async function validate(source: RecipeSource, kind: LayerKind): Promise<Validation> {
  if (source.value === undefined) return { document: {}, invalidKeys: new Set(), problems: source.problems };
  const schema = kind === 'settings' ? recipePartSchema : recipeSchema;
  const result = schema.safeParse(source.value);
  const issues = result.success ? [] : result.error.issues;
  const invalidKeys = new Set<string>();
  for (const issue of issues) {
    if (issue.path.length > 0) invalidKeys.add(String(issue.path[0]));
    else if (issue.code === 'unrecognized_keys') for (const key of issue.keys) invalidKeys.add(key);
  }
  const problems = [
    ...source.problems,
    ...(issues.length === 0 ? [] : problemsOf(issues, source, recipeJsonSchema())),
    ...checkBase(source, kind),
    ...checkEntries(source),
    ...(await checkReferences(source)),
  ];
  const rest = recipePartSchema.safeParse(without(source.value, invalidKeys));
  return { document: rest.success ? rest.data : {}, invalidKeys, problems };
}

function checkBase(source: RecipeSource, kind: LayerKind): Problem[] {
  if (kind === 'recipe' || valueAt(source.value, ['extends']) === undefined) return [];
  const message =
    kind === 'feature' ? 'a feature cannot extend a recipe' : 'extends cannot be set from the command line';
  const hint =
    kind === 'feature' ? 'use features: to build on another feature' : 'name another recipe to build';
  return [{ ...source.keyPlace(['extends']), message, hint }];
}

function without(value: unknown, keys: ReadonlySet<string>): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)));
}
