/** What the machine is for: one of the templates with its values, or a configuration of somebody's own. */
import type { Template } from '../../config-templates/catalogue.ts';
import type { TemplateParameter } from '../../config-templates/header.ts';
import { kinds } from '../../config-templates/kinds.ts';
import { renderCloudConfig } from '../../config-templates/render.ts';
import type { Setting } from '../../config-templates/settings.ts';
import { UserError } from '../../errors.ts';
import type { AnswerFault, AnswerProblem } from './fault.ts';

export type { Template } from '../../config-templates/catalogue.ts';

export type RoleAnswer =
  | { readonly kind: 'template'; readonly template: Template; readonly values: readonly RoleValue[] }
  /** `where` is told in messages: a path, an address. */
  | { readonly kind: 'text'; readonly where: string; readonly text: string };

/** A value of a parameter; parameters that are lists have several. */
export interface RoleValue {
  readonly name: string;
  readonly text: string;
}

/** A parameter that is asked for. */
export interface RoleParameter extends TemplateParameter {
  readonly name: string;
  /** What is needed, with an example. */
  readonly needed: string;
  /** A text of several lines, which comes from a file. */
  readonly isFile: boolean;
}

/** What other answers give. */
const ANSWERED = ['name', 'ssh-key'];

/** What a template takes besides the host name and the ssh keys. */
export function roleParameters({ header }: Template): readonly RoleParameter[] {
  return Object.entries(header.parameters)
    .filter(([name]) => !ANSWERED.includes(name))
    .map(([name, parameter]) => ({
      name,
      ...parameter,
      needed: kinds[parameter.kind].needed,
      isFile: parameter.kind === 'pem' || parameter.kind === 'lines',
    }));
}

/** What is wrong with one value; undefined when nothing is. */
export function valueFault(parameter: RoleParameter, text: string): AnswerFault | undefined {
  if (kinds[parameter.kind].read(text) !== undefined) return undefined;
  const seen = parameter.secret || parameter.isFile ? 'this' : `"${text}"`;
  return { message: `${seen} cannot be ${parameter.name}`, hint: `${parameter.needed} is needed` };
}

/** Problems by parameter; those of the host name have no field of their own here. */
export type RoleProblem = AnswerProblem & { readonly parameter: string | undefined };

/**
 * Renders a template with the values and the host name.
 * @returns The text, or every problem.
 */
export function renderRole(
  { template, values }: Extract<RoleAnswer, { kind: 'template' }>,
  hostname: string | undefined,
): { readonly text: string } | { readonly problems: readonly RoleProblem[] } {
  const { parameters } = template.header;
  // A template's name has no dots: the rest of the host name comes in when the answers are merged.
  const label = hostname?.split('.')[0]?.toLowerCase();
  const named = label !== undefined && parameters.name?.kind === 'name';
  const settings: Setting[] = [
    ...(named ? [{ name: 'name', text: label, where: 'name' }] : []),
    ...values.map(({ name, text }) => ({ name, text, where: name })),
  ];
  try {
    return { text: renderCloudConfig(template, settings).text };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problems: error.problems.map(({ file, message, hint }) => problemOf(file, message, hint)) };
  }
}

function problemOf(file: string, message: string, hint = ''): RoleProblem {
  const parameter = file.replace(/^--set /, '');
  if (parameter === 'name')
    return {
      part: 'hostname',
      parameter: undefined,
      message: message.replace(/^name is needed/, 'the role needs a host name'),
      hint,
    };
  return { part: 'role', parameter, message, hint };
}
