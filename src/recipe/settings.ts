/** `--set KEY=VALUE`: settings from the command line, in the form of one more file that comes last. */
import type { Problem } from '../errors.ts';
import { readDocument } from '../yaml/document.ts';
import type { Origin } from '../yaml/origin.ts';
import { type SchemaNode, schemaAt } from '../yaml/schema-node.ts';
import type { ValuePath } from '../yaml/value-path.ts';
import { recipeJsonSchema } from './json-schema.ts';
import type { RecipeSource } from './source.ts';

interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * Reads `KEY=VALUE` settings. KEY is a dotted path such as `compression.level`. VALUE is YAML where the key
 * takes a number, a switch, a list or a map, and plain text where it takes text; one value may stand for a
 * list of one. Like in any later file, lists add to what is inherited.
 * @param folder Absolute folder that relative paths start from.
 */
export function readSettings(settings: readonly string[], folder: string): RecipeSource {
  // The schema is only made when there is something to read.
  const schema = settings.length === 0 ? {} : recipeJsonSchema();
  const problems: Problem[] = [];
  const value: Record<string, unknown> = {};
  for (const text of settings) {
    const setting = readSetting(text, schema, problems);
    if (setting !== undefined) put(value, setting, problems);
  }
  const place = (path: ValuePath): Origin => at(settingOf(path, settings));
  return {
    file: '--set',
    noun: 'recipe',
    folder,
    value,
    problems,
    place,
    keyPlace: place,
    placeInside: place,
    written: () => undefined,
  };
}

function readSetting(text: string, schema: SchemaNode, problems: Problem[]): Setting | undefined {
  const equals = text.indexOf('=');
  const key = equals < 0 ? text : text.slice(0, equals);
  const path = key.split('.');
  if (equals < 1 || path.includes('')) {
    problems.push({
      ...at(text),
      message: 'not of the form KEY=VALUE',
      hint: 'such as --set compression.level=9 or --set variables.greeting=hello',
    });
    return undefined;
  }
  if (path.includes('__proto__')) {
    problems.push({ ...at(key), message: 'the key "__proto__" is reserved', hint: 'use another name' });
    return undefined;
  }
  const written = text.slice(equals + 1);
  const node = schemaAt(schema, path);
  if (node?.type === 'string') return { path, value: written };
  const document = readDocument(key, 'recipe', written);
  problems.push(
    ...document.problems.map(({ message, hint }) => ({
      ...at(key),
      message,
      ...(hint === undefined ? {} : { hint }),
    })),
  );
  // A version such as 1.10 is not the number 1.1: only a number that prints the same is one.
  const value =
    typeof document.value === 'number' && String(document.value) !== written.trim()
      ? written
      : document.value;
  if (node?.type === 'array' && !Array.isArray(value) && value !== null) return { path, value: [value] };
  return { path, value };
}

function put(root: Record<string, unknown>, { path, value }: Setting, problems: Problem[]): void {
  let map = root;
  for (const step of path.slice(0, -1)) {
    if (!Object.hasOwn(map, step)) map[step] = {};
    const next = map[step];
    if (typeof next !== 'object' || next === null || Array.isArray(next)) {
      problems.push({
        ...at(path.join('.')),
        message: `${step} is set as a whole too`,
        hint: 'set either the whole or its parts',
      });
      return;
    }
    map = next as Record<string, unknown>;
  }
  map[path.at(-1) ?? ''] = value;
}

/** The key of the last setting that gave the value at `path` or a part of it. */
function settingOf(path: ValuePath, settings: readonly string[]): string {
  const wanted = path.filter((step) => typeof step !== 'number').map(String);
  const keys = settings.map((text) => text.split('=', 1)[0] ?? '');
  const holds = (key: string) =>
    key.split('.').every((step, index) => index >= wanted.length || step === wanted[index]);
  return keys.findLast(holds) ?? wanted.join('.');
}

function at(key: string): Origin {
  return { file: `--set ${key}`, line: 0, column: 0 };
}
