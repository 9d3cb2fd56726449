/** The tables of docs/reference/recipe.md, from the recipe's JSON Schema. */
import type { SchemaNode } from '../../src/recipe/json-schema.ts';

/** A key of a recipe file. */
export interface RecipeKey {
  /** `files[].mode`: a map's keys after a dot, a list's items after `[]`, a free name as `NAME`. */
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

/** Renders one section for each top-level key. @param examples A value in YAML for each key that {@link leavesOf} gives. */
export function renderRecipeReference(
  schema: SchemaNode,
  examples: Readonly<Record<string, string>>,
): string {
  return Object.entries(schema.properties ?? {})
    .map(([name, node]) => sectionOf(name, node, schema, examples))
    .join('\n');
}

/** The keys that take a value of their own: no maps of further keys, and no lists of such maps. */
export function leavesOf(schema: SchemaNode): readonly RecipeKey[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, node]) =>
    keysOf(name, node, isRequired(schema, name)),
  );
}

function sectionOf(
  name: string,
  node: SchemaNode,
  schema: SchemaNode,
  examples: Readonly<Record<string, string>>,
): string {
  const keys = keysOf(name, node, isRequired(schema, name));
  const own = keys.length === 1 && keys[0]?.path === name;
  const rows = keys.map(({ path, node: key, required }) => {
    const cells = [
      `\`${path}\``,
      typeOf(key),
      defaultOf(key, required),
      meaningOf(key, own),
      code(examples[path] ?? ''),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [
    `### ${name}`,
    '',
    sentence(node.description ?? ''),
    '',
    '| key | type | default | meaning | example |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function keysOf(path: string, node: SchemaNode, required: boolean): readonly RecipeKey[] {
  if (node.properties !== undefined)
    return Object.entries(node.properties).flatMap(([key, inner]) =>
      keysOf(`${path}.${key}`, inner, isRequired(node, key)),
    );
  if (node.items?.properties !== undefined) return keysOf(`${path}[]`, node.items, false);
  return [{ path, node, required }];
}

function isRequired(node: SchemaNode, key: string): boolean {
  return Array.isArray(node.required) && node.required.includes(key);
}

function typeOf(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(', ');
  if (Array.isArray(node.anyOf)) return alternativesOf(node.anyOf as SchemaNode[]);
  switch (node.type) {
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return node.items?.enum === undefined
        ? `list of ${typeOf(node.items ?? {})}`
        : `list of ${typeOf(node.items)}`;
    case 'object':
      return `map of name to ${typeOf(node.additionalProperties as SchemaNode)}`;
    default:
      return 'text';
  }
}

function alternativesOf(nodes: readonly SchemaNode[]): string {
  if (nodes.some(({ pattern }) => pattern?.includes('KMGT'))) return 'size';
  return [...new Set(nodes.map(typeOf))].join(' or ');
}

function defaultOf(node: SchemaNode, required: boolean): string {
  if (required) return 'required';
  return node.default === undefined ? '' : code(yamlOf(node.default));
}

function meaningOf(node: SchemaNode, own: boolean): string {
  const items = node.items?.description;
  return [
    own ? '' : sentence(node.description ?? ''),
    items === undefined ? '' : `Each is ${sentence(items)}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function yamlOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value === 'object') return '{}';
  return value === '' ? '""' : String(value);
}

function sentence(text: string): string {
  return text === '' || text.endsWith('.') ? text : `${text}.`;
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
