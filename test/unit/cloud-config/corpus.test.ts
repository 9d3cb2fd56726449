/** The verdict on each document of the corpus; `npx vitest run --project=unit test/unit/cloud-config -u` writes them anew. */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cloudConfigJsonSchema } from '../../../src/cloud-config/json-schema.ts';
import { readUserData } from '../../../src/cloud-config/read.ts';
import type { SchemaNode } from '../../../src/yaml/schema-node.ts';

const folder = resolve(import.meta.dirname, '../../fixtures/cloud-config');
const golden = resolve(import.meta.dirname, '../../golden/cloud-config');
const names = (await readdir(folder)).sort();

describe('the corpus', () => {
  it.each(names)('%s', async (name) => {
    const data = readUserData(await readFile(join(folder, name), 'utf8'), { file: name });
    const kind = name.split('-')[0];
    expect(data.kind === 'invalid').toBe(kind === 'bad');
    if ('warnings' in data && kind !== 'bad') expect(data.warnings.length > 0).toBe(kind === 'warn');
    const text = JSON.stringify(
      data,
      (_, value) => (value instanceof Uint8Array ? `${value.length} bytes` : value),
      2,
    );
    await expect(`${text}\n`).toMatchFileSnapshot(join(golden, name.replace('.yaml', '.json')));
  });
});

describe('cloudConfigJsonSchema', () => {
  const schema = cloudConfigJsonSchema();
  const accepts = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false }).compile(schema);

  it.each(names.filter((name) => /^(good|warn)/.test(name) && !name.includes('script')))(
    'accepts %s',
    async (name) => {
      accepts(parse(await readFile(join(folder, name), 'utf8')) ?? {});
      expect(accepts.errors).toBeNull();
    },
  );

  it.each([
    ['an unknown key', { bogus: 1 }],
    ['both names', { coreos: {}, basalt: {} }],
    ['a unit without a name', { coreos: { units: [{ enable: true }] } }],
    ['an unknown key in the alias', { basalt: { unit: [] } }],
    ['a wrong command', { coreos: { units: [{ name: 'a.service', command: 'go' }] } }],
    ['a wrong type', { users: 'a' }],
    ['a relative path', { write_files: [{ path: 'etc/a' }] }],
    ['a wrong mode', { write_files: [{ path: '/etc/a', permissions: 'u+x' }] }],
    ['a wrong key in the other spelling', { 'write-files': [{ pth: '/etc/a' }] }],
    ['cloud-init', { runcmd: [] }],
  ])('refuses %s', (_, document) => {
    expect(accepts(document)).toBe(false);
  });

  it('takes both spellings of keys', () => {
    accepts({ 'write-files': [{ path: '/etc/a' }], users: [{ name: 'a', primary_group: 'b' }] });
    expect(accepts.errors).toBeNull();
  });

  it('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (node: SchemaNode, path: string) => {
      if ((node.description ?? '') === '') undescribed.push(path);
      for (const [key, child] of Object.entries(node.properties ?? {})) visit(child, `${path}.${key}`);
      if (node.items !== undefined) visit(node.items, `${path}[]`);
    };
    visit(schema, '');
    expect(undescribed).toEqual([]);
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Basalt cloud-config',
    });
  });
});
