import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { openTemplate, templateNames } from '../../../src/config-templates/catalogue.ts';
import { renderCloudConfig } from '../../../src/config-templates/render.ts';
import { templateCases } from '../../support/template-cases.ts';

const home = resolve(import.meta.dirname, '../../..');
const folder = join(home, 'templates/cloud-config');

test('every template has a case, and the seven of the documentation are there', async () => {
  const names = await templateNames(folder);
  expect([...new Set(templateCases.map(({ template }) => template))].sort()).toEqual(names);
  expect(names).toEqual([
    'docker-host',
    'etcd-member',
    'etcd-member-tls',
    'podman-pod',
    'registry',
    'swarm-manager',
    'swarm-worker',
  ]);
});

test.each(templateCases)('$name is rendered as in its golden file', async ({ template, name, settings }) => {
  const { text } = renderCloudConfig(await openTemplate(folder, template), settings);
  expect(parseDocument(text).errors).toEqual([]);
  await expect(text).toMatchFileSnapshot(join(home, 'test/golden/cloud-config', `${name}.yaml`));
});
