/** docs/reference/templates.md is what the templates' headers say. */
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openTemplate, type Template, templateNames } from '../../../src/config-templates/catalogue.ts';
import { kinds } from '../../../src/config-templates/kinds.ts';

const home = resolve(import.meta.dirname, '../../..');
const folder = join(home, 'templates/cloud-config');

const INTRODUCTION = `# Templates of cloud-configs

\`./basalt config render NAME --set parameter=value …\` writes a cloud-config for a machine. All mistakes are told at once,
and what is printed was checked as the machine would check it. A parameter that may be repeated is given several times;
\`--set-file parameter=FILE\` takes the value from a file, \`--files DIR\` takes every file that the template knows from
a folder, as \`./basalt config pki\` makes it. \`--output FILE\` writes a file, which only you can read if it holds keys.

This page is made from the templates: \`./basalt config render NAME --help-parameters\` shows the same.
`;

function page({ name, header }: Template): string {
  const rows = Object.entries(header.parameters).map(([parameter, each]) => {
    const notes = [
      each.required ? 'needed' : '',
      each.list ? 'may be repeated' : '',
      each.default === undefined ? '' : `\`${each.default}\` when not given`,
      each.file === undefined ? '' : `\`${each.file}\` of \`--files\``,
    ].filter((note) => note !== '');
    return `| \`${parameter}\` | ${each.description} | ${kinds[each.kind].needed} | ${notes.join('; ')} |`;
  });
  const groups = [
    ...header.oneOf.map(
      (group) => `Exactly one of ${group.map((each) => `\`${each}\``).join(', ')} is given.`,
    ),
    ...header.together.map(
      (group) => `${group.map((each) => `\`${each}\``).join(', ')} are given together, or not at all.`,
    ),
  ];
  return `## ${name}

${header.description}. Needs the feature ${header.features.map((each) => `\`${each}\``).join(', ')}.

| parameter | what | value | |
|---|---|---|---|
${rows.join('\n')}
${groups.length === 0 ? '' : `\n${groups.join(' ')}\n`}
\`\`\`sh
./basalt config render ${name} ${header.example}
\`\`\`
`;
}

test('the page says what the templates take', async () => {
  const templates = await Promise.all(
    (await templateNames(folder)).map((name) => openTemplate(folder, name)),
  );
  const text = [INTRODUCTION, ...templates.map(page)].join('\n');
  await expect(text).toMatchFileSnapshot(join(home, 'docs/reference/templates.md'));
});
