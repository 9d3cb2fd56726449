/** `basalt schema`: JSON Schemas for editors. */
import { Argument, type Command } from 'commander';
import { cloudConfigJsonSchema } from '../cloud-config/json-schema.ts';
import { recipeJsonSchema } from '../recipe/json-schema.ts';
import { type CommonOptions, inSession } from './session.ts';
import { showResult } from './show-result.ts';

export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of a kind of file, for editors')
    .addArgument(new Argument('[kind]', 'kind of file').choices(['recipe', 'cloud-config']).default('recipe'))
    .addHelpText(
      'after',
      `
An editor with a YAML language server completes and checks a file that names the
schema: a recipe in its first line, a cloud-config in its second.

Example:
  ./basalt schema recipe > images/recipe.schema.json
  and as first line of a recipe: # yaml-language-server: $schema=recipe.schema.json
  ./basalt schema cloud-config > cloud-config.schema.json
`,
    )
    .action((kind: string, options: CommonOptions) =>
      inSession(options, async (session) => {
        const made = kind === 'recipe' ? recipeJsonSchema() : cloudConfigJsonSchema();
        await showResult(session, 'schema', made, (schema) => [JSON.stringify(schema, null, 2)]);
      }),
    );
}
