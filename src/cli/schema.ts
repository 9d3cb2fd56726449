/** `basalt schema`: JSON Schemas for editors. */
import { Argument, type Command } from 'commander';
import { cloudConfigJsonSchema } from '../cloud-config/json-schema.ts';
import { answersJsonSchema } from '../install/unattended/answers-schema.ts';
import { machinesJsonSchema } from '../provision/machines/json-schema.ts';
import { streamJsonSchema } from '../publish/streams/stream.ts';
import { recipeJsonSchema } from '../recipe/json-schema.ts';
import { type CommonOptions, inSession } from './session.ts';
import { showResult } from './show-result.ts';

export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of a kind of file, for editors')
    .addArgument(
      new Argument('[kind]', 'kind of file')
        .choices(['recipe', 'cloud-config', 'machines', 'answers', 'stream'])
        .default('recipe'),
    )
    .addHelpText(
      'after',
      `
An editor with a YAML language server completes and checks a file that names the
schema: a recipe, a machines.yaml and an answers file in the first line, a
cloud-config in its second.

Example:
  ./basalt schema recipe > images/recipe.schema.json
  and as first line of a recipe: # yaml-language-server: $schema=recipe.schema.json
  ./basalt schema cloud-config > cloud-config.schema.json
  ./basalt schema machines > machines.schema.json
  ./basalt schema answers > answers.schema.json
  ./basalt schema stream > stream.schema.json
`,
    )
    .action((kind: string, options: CommonOptions) =>
      inSession(options, async (session) => {
        const made = schemaOf(kind);
        await showResult(session, 'schema', made, (schema) => [JSON.stringify(schema, null, 2)]);
      }),
    );
}

function schemaOf(kind: string): unknown {
  switch (kind) {
    case 'cloud-config':
      return cloudConfigJsonSchema();
    case 'machines':
      return machinesJsonSchema();
    case 'answers':
      return answersJsonSchema();
    case 'stream':
      return streamJsonSchema();
    default:
      return recipeJsonSchema();
  }
}
