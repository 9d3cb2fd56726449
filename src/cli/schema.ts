/** `basalt schema`: JSON Schemas for editors. */
import { Argument, type Command } from 'commander';
import { recipeJsonSchema } from '../recipe/json-schema.ts';
import { type CommonOptions, inSession } from './session.ts';
import { showResult } from './show-result.ts';

export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of a kind of file, for editors')
    .addArgument(new Argument('[kind]', 'kind of file').choices(['recipe']).default('recipe'))
    .addHelpText(
      'after',
      `
An editor with a YAML language server completes and checks a recipe whose
first line names the schema.

Example:
  ./basalt schema recipe > images/recipe.schema.json
  and as first line of a recipe: # yaml-language-server: $schema=recipe.schema.json
`,
    )
    .action((_kind: string, options: CommonOptions) =>
      inSession(options, async (session) => {
        await showResult(session, 'schema', recipeJsonSchema(), (schema) => [
          JSON.stringify(schema, null, 2),
        ]);
      }),
    );
}
