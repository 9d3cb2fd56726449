/** The tables of docs/reference/recipe.md, from the recipe's JSON Schema. */
import type { SchemaNode } from '../../src/yaml/schema-node.ts';

/** A key of a recipe file. */
export interface RecipeKey {
  /** `files[].mode`: a map's keys after a dot, a list's items after `[]`, a free name as `NAME`. */
  readonly path: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

type Examples = Readonly<Record<string, string>>;

/**
 * Renders a table of the keys that take a value of their own, and a section for each of the others.
 * @param examples A value in YAML for each key that {@link leavesOf} gives.
 */
export function renderRecipeReference(schema: SchemaNode, examples: Examples): string {
  const sections = Object.entries(schema.properties ?? {}).map(([name, node]) => ({
    name,
    node,
    keys: keysOf(name, node, isRequired(schema, name)),
  }));
  const isSimple = ({ name, keys }: (typeof sections)[number]) => keys[0]?.path === name;
  const simple = sections.filter(isSimple).flatMap(({ keys }) => keys);
  const others = sections
    .filter((section) => !isSimple(section))
    .map(({ name, node, keys }) => section(`\`${name}\``, node.description ?? '', keys, examples));
  return [section('Keys with a value of their own', '', simple, examples), ...others].join('\n');
}

/** The keys that take a value of their own: no maps of further keys, and no lists of such maps. */
export function leavesOf(schema: SchemaNode): readonly RecipeKey[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, node]) =>
    keysOf(name, node, isRequired(schema, name)),
  );
}

function section(title: string, text: string, keys: readonly RecipeKey[], examples: Examples): string {
  const rows = keys.map(({ path, node, required }) => {
    const cells = [
      code(path),
      typeOf(node),
      defaultOf(node, required),
      meaningOf(node),
      code(examples[path] ?? ''),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [
    `### ${title}`,
    '',
    ...(text === '' ? [] : [sentence(text), '']),
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
  if (Array.isArray(node.type)) return node.type.map((type: string) => typeOf({ type })).join(' or ');
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

function meaningOf(node: SchemaNode): string {
  const items = node.items?.description;
  const text = `${sentence(node.description ?? '')}${items === undefined ? '' : ` Each is ${items}.`}`;
  return text.replaceAll('*', '\\*');
}

function yamlOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value === 'object') return '{}';
  return value === '' ? '""' : String(value);
}

/** A name that begins a sentence (`zstd: ...`) keeps its spelling. */
function sentence(text: string): string {
  const first = /^\S+:/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase();
  return first + text.slice(1) + (text.endsWith('.') ? '' : '.');
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
