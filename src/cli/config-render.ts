/** `basalt config render`: a cloud-config from a template, validated before it is printed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { openTemplate, type Template, templateNames } from '../config-templates/catalogue.ts';
import { renderCloudConfig } from '../config-templates/render.ts';
import type { Setting } from '../config-templates/settings.ts';
import { exitCodes, UserError } from '../errors.ts';
import { repeated } from './build.ts';
import { described, listLines, parameterLines } from './config-render-view.ts';
import { type CommonOptions, inSession, type Session } from './session.ts';
import { showResult } from './show-result.ts';

interface RenderOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly setFile: readonly string[];
  readonly files?: string;
  readonly output?: string;
  readonly list?: boolean;
  readonly helpParameters?: boolean;
}

/** Adds `render` to `config`. */
export function addConfigRender(config: Command): void {
  config
    .command('render [template]')
    .description('render a cloud-config from a template')
    .addOption(repeated('--set <name=value>', 'a parameter; one that is a list may be repeated'))
    .addOption(repeated('--set-file <name=file>', 'a parameter whose value is in a file'))
    .option('--files <dir>', 'folder that has the files of parameters, as config pki makes it')
    .option('--output <file>', 'write it to a file rather than to stdout')
    .option('--list', 'list the templates')
    .option('--help-parameters', 'show what a template takes')
    .addHelpText(
      'after',
      `
The result is checked as a machine would check it, and printed only if it is valid.

Example:
  ./basalt config render --list
  ./basalt config render etcd-member --help-parameters
  ./basalt config render etcd-member --set name=node1 \\
    --set member=node1=10.0.0.11 --set member=node2=10.0.0.12 --set member=node3=10.0.0.13
`,
    )
    .action((name: string | undefined, options: RenderOptions) =>
      inSession(options, (session) => render(session, name, options)),
    );
}

async function render(session: Session, name: string | undefined, options: RenderOptions): Promise<void> {
  const folder = join(session.home, 'templates/cloud-config');
  if (options.list || name === undefined) {
    if (name === undefined && !options.list) throw noTemplate(await templateNames(folder));
    const templates = await Promise.all(
      (await templateNames(folder)).map((each) => openTemplate(folder, each)),
    );
    return showResult(session, 'config render', { templates: templates.map(described) }, listLines);
  }
  const template = await openTemplate(folder, name);
  if (options.helpParameters)
    return showResult(session, 'config render', described(template), parameterLines);
  const settings = [
    ...options.set.map((text) => inlineSetting(text)),
    ...(await Promise.all(options.setFile.map((text) => fileSetting(text)))),
  ];
  if (options.files !== undefined)
    settings.push(...(await folderSettings(template, options.files, settings)));
  const { text, secret } = renderCloudConfig(template, settings);
  if (options.output !== undefined) await writeFile(options.output, text, { mode: secret ? 0o600 : 0o644 });
  const result = {
    template: name,
    text,
    ...(options.output === undefined ? {} : { output: options.output }),
  };
  await showResult(session, 'config render', result, () =>
    options.output === undefined ? text.trimEnd().split('\n') : [`wrote ${options.output}`],
  );
}

function inlineSetting(text: string): Setting {
  const { name, value } = split('--set', text);
  return { name, text: value, where: `--set ${name}` };
}

async function fileSetting(text: string): Promise<Setting> {
  const { name, value } = split('--set-file', text);
  const content = await readFile(value, 'utf8').catch((cause: unknown) => {
    throw new UserError('file-missing', 'cannot read the file of a parameter', {
      where: value,
      seen: String(cause),
      cause,
    });
  });
  return { name, text: content.trimEnd(), where: `--set-file ${name}=${value}` };
}

/** The files of parameters that are not given otherwise; one that is not there is left out. */
async function folderSettings(
  template: Template,
  folder: string,
  given: readonly Setting[],
): Promise<Setting[]> {
  const settings: Setting[] = [];
  for (const [name, { file }] of Object.entries(template.header.parameters)) {
    if (file === undefined || given.some((setting) => setting.name === name)) continue;
    const content = await readFile(join(folder, file), 'utf8').catch(() => undefined);
    if (content !== undefined) settings.push({ name, text: content.trimEnd(), where: join(folder, file) });
  }
  if (settings.length > 0) return settings;
  const wanted = Object.values(template.header.parameters).flatMap(({ file }) => file ?? []);
  throw new UserError('files-missing', 'the folder has none of the files that the template takes', {
    where: folder,
    needed: wanted.join(', ') || `no files: ${template.name} takes none`,
  });
}

function split(option: string, text: string): { name: string; value: string } {
  const at = text.indexOf('=');
  if (at > 0) return { name: text.slice(0, at), value: text.slice(at + 1) };
  throw new UserError('setting-invalid', `${option} cannot be read`, {
    exitCode: exitCodes.usage,
    seen: text,
    needed: option === '--set' ? 'NAME=VALUE' : 'NAME=FILE',
  });
}

function noTemplate(names: readonly string[]): UserError {
  return new UserError('template-missing', 'no template is named', {
    exitCode: exitCodes.usage,
    needed: `one of ${names.join(', ')}`,
    next: ['./basalt config render --list shows what they are'],
  });
}
