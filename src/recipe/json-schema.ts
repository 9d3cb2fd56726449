/** The recipe's JSON Schema: for editors, and for finding what is allowed at a place of a recipe. */
import { z } from 'zod';
import type { SchemaNode } from '../yaml/schema-node.ts';
import { recipeSchema } from './schema.ts';

/**
 * JSON Schema of a recipe file in draft 7, the draft that VS Code's YAML extension supports in full.
 * Name it in a recipe's first line: `# yaml-language-server: $schema=recipe.schema.json`.
 */
export function recipeJsonSchema(): SchemaNode {
  return z.toJSONSchema(recipeSchema, { target: 'draft-7', io: 'input' }) as unknown as SchemaNode;
}
