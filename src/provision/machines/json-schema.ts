/** JSON Schema of machines.yaml: for editors, and for finding what is allowed at a place of the file. */
import { z } from 'zod';
import type { SchemaNode } from '../../yaml/schema-node.ts';
import { machinesSchema } from './schema.ts';

/** Draft 7, which VS Code's YAML extension supports in full. */
export function machinesJsonSchema(): SchemaNode {
  return z.toJSONSchema(machinesSchema, { target: 'draft-7', io: 'input' }) as unknown as SchemaNode;
}
