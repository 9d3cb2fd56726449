/** JSON Schema as a tree to look things up in: what is allowed at a place of a document. */

/** The parts of a JSON Schema that Basalt reads back. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly [keyword: string]: unknown;
}

/** The schema of the value at `path`; undefined where the schema knows no such place. */
export function schemaAt(schema: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const step of path) {
    if (node === undefined) return undefined;
    node = typeof step === 'number' ? node.items : propertyOf(node, String(step));
  }
  return node;
}

function propertyOf(node: SchemaNode, key: string): SchemaNode | undefined {
  if (node.properties !== undefined && Object.hasOwn(node.properties, key)) return node.properties[key];
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

/** The keys that a map at this place may have; empty where any key may be. */
export function allowedKeys(node: SchemaNode | undefined): readonly string[] {
  return Object.keys(node?.properties ?? {});
}
