import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { recipeJsonSchema } from '../../../src/recipe/json-schema.ts';
import type { SchemaNode } from '../../../src/yaml/schema-node.ts';
import { fullRecipe } from './full-recipe.ts';

const accepts = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(recipeJsonSchema());

describe('recipeJsonSchema', () => {
  it('accepts what loadRecipe accepts', () => {
    accepts(parse(fullRecipe));
    expect(accepts.errors).toBeNull();
  });

  it.each([
    ['an unknown key', { bogus: 1 }],
    ['an unknown key of a section', { packages: { ad: [] } }],
    ['an unknown key of an entry', { files: [{ path: '/etc/a', content: '', mod: '0644' }] }],
    ['two contents', { files: [{ path: '/etc/a', content: '', source: 'b' }] }],
    ['no content', { files: [{ path: '/etc/a' }] }],
    ['a numeric mode', { files: [{ path: '/etc/a', content: '', mode: 420 }] }],
    ['a relative path', { links: [{ path: 'etc/a', target: 'b' }] }],
    ['a package name', { packages: { add: ['Curl'] } }],
    ['a unit without suffix', { systemd: { enable: ['ssh'] } }],
    ['a size', { partitions: { root: '1Q' } }],
    ['an enum', { formats: ['vdi'] }],
    ['null', { kernel: null }],
    ['no description', { description: undefined }],
  ])('refuses %s', (_, change) => {
    const document = JSON.parse(JSON.stringify({ description: 'x', ...change }));
    expect(accepts(document)).toBe(false);
  });

  it('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (node: SchemaNode, path: string) => {
      if (node.description === undefined || node.description === '') undescribed.push(path);
      for (const [key, child] of Object.entries(node.properties ?? {})) visit(child, `${path}.${key}`);
      if (node.items !== undefined) visit(node.items, `${path}[]`);
      if (node.properties !== undefined) expect(node.additionalProperties, path).toBe(false);
    };
    visit(recipeJsonSchema(), '');
    // The choices of an enum are told by the list they are in.
    expect(undescribed).toEqual(['.formats[]']);
  });

  it('is draft 7 with a title', () => {
    expect(recipeJsonSchema()).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Basalt recipe',
      required: ['description'],
    });
    expect(recipeJsonSchema().properties?.suite).toMatchObject({ default: 'trixie' });
  });
});
