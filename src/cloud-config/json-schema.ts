/** The JSON Schema of a cloud-config, for editors: made from the form that the reader holds texts against. */
import type { SchemaNode } from '../yaml/schema-node.ts';
import { cloudConfigShape } from './cloud-config-shape.ts';
import type { SectionShape, Shape } from './shape.ts';

/**
 * JSON Schema in draft 7, the draft that VS Code's YAML extension supports in full. What it refuses the reader refuses;
 * the reader knows more rules.
 */
export function cloudConfigJsonSchema(): SchemaNode {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Basalt cloud-config',
    ...sectionNode(cloudConfigShape, '#'),
    // Only one of the two names.
    not: { required: ['coreos', 'basalt'] },
  };
}

/** @param pointer Where the node will be, for references to it. */
function nodeOf(shape: Shape, pointer: string): SchemaNode {
  const { description } = shape;
  switch (shape.kind) {
    case 'text':
      return {
        type: shape.flags === true ? ['string', 'number', 'boolean'] : ['string', 'number'],
        description,
        ...(shape.choices === undefined ? {} : { enum: choicesOf(shape.choices, shape.flags === true) }),
        // A pattern holds for texts alone; with a variable in it a text is checked on the machine.
        ...(shape.pattern === undefined ? {} : { pattern: `${shape.pattern}|\\$p(rivate|ublic)_ipv[46]` }),
      };
    case 'flag':
      return { type: ['boolean', 'string'], enum: [true, false, 'yes', 'no', 'on', 'off'], description };
    case 'mode':
      return { type: ['string', 'integer'], pattern: '^(0o)?0*[0-7]{3,4}$', description };
    case 'list':
      return { type: 'array', description, items: nodeOf(shape.items, `${pointer}/items`) };
    case 'section':
      return sectionNode(shape, pointer);
  }
}

function sectionNode(shape: SectionShape, pointer: string): SchemaNode {
  const names = Object.keys(shape.keys);
  const at = (name: string) => `${pointer}/properties/${name}`;
  const properties = Object.fromEntries(
    Object.entries(shape.keys).map(([name, inner]) => [
      name,
      name === 'basalt' ? aliasNode(inner, at('coreos')) : nodeOf(inner, at(name)),
    ]),
  );
  const spellings = names
    .filter((name) => /[-_]/.test(name))
    .map((name) => [`^(?!${name}$)${name.replace(/[-_]/g, '[-_]')}$`, { $ref: at(name) }] as const);
  return {
    type: 'object',
    description: shape.description,
    properties,
    ...(spellings.length === 0 ? {} : { patternProperties: Object.fromEntries(spellings) }),
    ...(shape.required === undefined ? {} : { required: shape.required }),
    additionalProperties: false,
  };
}

function aliasNode({ description }: Shape, target: string): SchemaNode {
  return { description, allOf: [{ $ref: target }] };
}

function choicesOf(choices: readonly string[], flags: boolean): readonly unknown[] {
  return flags ? [...choices, true, false] : choices;
}
