/** From zod's issues to problems a person can act on: what was seen, where, what is allowed. */
import type { z } from 'zod';
import type { Problem } from '../errors.ts';
import type { SourceDocument } from './document.ts';
import { suggestion } from './nearest.ts';
import { allowedKeys, type SchemaNode, schemaAt } from './schema-node.ts';
import { pathText, shorten, type ValuePath, valueAt } from './value-path.ts';

type Issue = z.core.$ZodIssue;

/** Problems of `source` for the issues zod found in its value; an unknown key gives one problem each. */
export function problemsOf(issues: readonly Issue[], source: SourceDocument, schema: SchemaNode): Problem[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? unknownKeys(issue.keys, issue.path, source, schema)
      : [problemOf(issue, source, schema)],
  );
}

function unknownKeys(
  keys: readonly string[],
  path: ValuePath,
  source: SourceDocument,
  schema: SchemaNode,
): Problem[] {
  const allowed = allowedKeys(schemaAt(schema, path));
  const inside = path.length === 0 ? '' : ` in ${pathText(path)}`;
  return keys.map((key) => ({
    ...source.keyPlace([...path, key]),
    message: `unknown key "${shorten(key)}"${inside}`,
    hint: suggestion(key, allowed),
  }));
}

function problemOf(issue: Issue, source: SourceDocument, schema: SchemaNode): Problem {
  const { path } = issue;
  const node = schemaAt(schema, path);
  const hint = hintOf(issue, source, node);
  const where = issue.code === 'invalid_key' ? source.keyPlace(path) : source.place(path);
  return { ...where, message: messageOf(issue, source), ...(hint === undefined ? {} : { hint }) };
}

function messageOf(issue: Issue, source: SourceDocument): string {
  const name = pathText(issue.path, source.noun);
  const value = valueAt(source.value, issue.path);
  if (issue.code === 'invalid_key')
    return `"${shorten(String(issue.path.at(-1)))}" in ${pathText(issue.path.slice(0, -1))} is ${issue.issues[0]?.message ?? 'not a valid name'}`;
  if (value === undefined) return `${name} is missing`;
  if (value === null) return `${name} has no value`;
  const seen = seenText(value, source.written(issue.path));
  if (issue.code === 'invalid_type') return `${name} is ${seen}, not ${expectedText(issue.expected)}`;
  if (issue.code === 'invalid_value') return `${name} is ${seen}, which is not one of the choices`;
  if (issue.code === 'too_small')
    return Array.isArray(value)
      ? `${name} is an empty list`
      : `${name} is ${seen}, less than ${issue.minimum}`;
  if (issue.code === 'too_big') return `${name} is ${seen}, more than ${issue.maximum}`;
  if (issue.code === 'custom' && typeof value === 'object') return `${name} comes ${issue.message}`;
  return `${name} is ${seen}, ${issue.message}`;
}

function hintOf(issue: Issue, source: SourceDocument, node: SchemaNode | undefined): string | undefined {
  const own = issue.code === 'custom' ? issue.params?.hint : undefined;
  if (typeof own === 'string') return own;
  const value = valueAt(source.value, issue.path);
  if (issue.code === 'invalid_value') {
    // A map may have a key toString: only what is no list or map is made a text.
    const name = typeof value === 'object' ? '' : String(value);
    return suggestion(name, issue.values.map(String));
  }
  const expected = issue.code === 'invalid_type' ? issue.expected : undefined;
  if (expected === 'boolean' && typeof value === 'string' && /^(yes|no|on|off|y|n)$/i.test(value)) {
    return `write ${/^(y|yes|on)$/i.test(value) ? 'true' : 'false'}: YAML 1.2 knows only true and false`;
  }
  const typed = source.written(issue.path);
  if (expected === 'string' && value !== null && typed !== undefined && fits(typed, node)) {
    return `put it in quotes: "${typed}"${typed === String(value) ? '' : `; without them YAML reads the ${typeof value} ${value}`}`;
  }
  if (value === null)
    return `remove the key, or give it a value: ${node?.description ?? `see the ${source.noun} reference`}`;
  return node?.description;
}

/** True when the text would be allowed at `node`, as far as its pattern tells. */
function fits(text: string, node: SchemaNode | undefined): boolean {
  return node?.pattern === undefined || new RegExp(node.pattern, 'u').test(text);
}

function seenText(value: unknown, written: string | undefined): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return `"${shorten(value)}"`;
  return `the ${typeof value} ${shorten(written ?? String(value))}`;
}

function expectedText(expected: string): string {
  const words: Record<string, string> = {
    array: 'a list',
    object: 'a map',
    record: 'a map',
    string: 'text',
    boolean: 'true or false',
    int: 'a whole number',
    number: 'a number',
  };
  return words[expected] ?? expected;
}
