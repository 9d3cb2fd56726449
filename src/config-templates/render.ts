/** Renders a cloud-config from a template, and validates it as a machine would. */
import { readUserData } from '../cloud-config/read.ts';
import { BugError, UserError } from '../errors.ts';
import { renderTemplate } from '../templating/render.ts';
import type { Template } from './catalogue.ts';
import { readSettings, type Setting } from './settings.ts';

/** A rendered configuration. */
export interface Rendered {
  readonly text: string;
  /** It holds keys: only its owner should read it. */
  readonly secret: boolean;
}

/** @throws {UserError} with every problem of the settings. */
export function renderCloudConfig(template: Template, settings: readonly Setting[]): Rendered {
  const { header, name, file, text } = template;
  const { values, problems } = readSettings(header, settings);
  if (problems.length > 0) {
    throw new UserError('settings-invalid', `the template ${name} cannot be rendered from this`, {
      problems,
      next: [`./basalt config render ${name} --help-parameters shows what it takes`],
    });
  }
  const secret = settings.some((setting) => header.parameters[setting.name]?.secret ?? false);
  const rendered = tidy(renderTemplate(text, values, file));
  mustBeValid(rendered, template);
  return { text: rendered, secret };
}

/** Blocks that were left out leave no empty lines at the top and the end. */
function tidy(text: string): string {
  return `${text.trim()}\n`;
}

/** Every value was right, so anything that a machine would refuse is the template's fault. */
function mustBeValid(text: string, { name }: Template): void {
  const read = readUserData(text, { file: name });
  if (read.kind === 'cloud-config' && read.warnings.length === 0) return;
  const problems =
    read.kind === 'invalid' ? read.problems : read.kind === 'cloud-config' ? read.warnings : [];
  const seen = problems.map(({ line, message }) => `line ${line}: ${message}`).join('; ');
  throw new BugError(`the template ${name} renders what a machine would refuse: ${seen || read.kind}`);
}
