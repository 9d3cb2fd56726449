/** What the machine is for: a template with its values, a configuration of one's own, or nothing. */

import type { Template } from '../../../config-templates/catalogue.ts';
import { faultText } from '../../../install/configuration/fault.ts';
import {
  type RoleAnswer,
  type RoleValue,
  renderRole,
  roleParameters,
  valueFault,
} from '../../../install/configuration/role.ts';
import { left } from '../../cells.ts';
import { back, configurationProblems, forward } from '../flow.ts';
import { type Field, type Form, fieldText, listOf, withFaults } from '../form.ts';
import type { Key } from '../key.ts';
import { blank, prose, row } from '../row.ts';
import { answer, type Change, close, type InstallerState, open, refuse, replace, select } from '../state.ts';
import { textField } from '../text-field.ts';
import { moved, type Page, pointed, type View } from '../view.ts';

type Item =
  | { readonly kind: 'none' | 'file' | 'url'; readonly title: string; readonly text: string }
  | { readonly kind: 'template'; readonly template: Template; readonly title: string; readonly text: string };

export function pressRole(state: InstallerState, key: Key): Change {
  const items = itemsOf(state);
  const to = moved(key.name, state.selected.role, items.length);
  if (to !== undefined) return { state: select(state, to) };
  if (key.name === 'escape' || key.name === 'left') return { state: back(state) };
  const item = items[state.selected.role];
  if (item === undefined || (key.name !== 'enter' && key.name !== 'right')) return { state };
  switch (item.kind) {
    case 'none':
      return { state: forward(answer(state, { role: undefined })) };
    case 'template':
      return { state: chooseTemplate(state, item.template) };
    case 'file':
      return {
        state: open(state, { kind: 'files', purpose: { kind: 'role' }, files: undefined, index: 0 }),
        effects: [{ kind: 'files' }],
      };
    case 'url':
      return { state: open(state, { kind: 'form', purpose: { kind: 'role-url' }, form: roleUrlForm }) };
  }
}

/** Asks for the template's values, where it takes any. */
function chooseTemplate(state: InstallerState, template: Template): InstallerState {
  const { role } = state.draft;
  const known = role?.kind === 'template' && role.template.name === template.name ? role.values : [];
  const form = templateForm(template, known);
  if (form.fields.length === 0)
    return forward(answer(state, { role: { kind: 'template', template, values: [] } }));
  return open(state, { kind: 'form', purpose: { kind: 'template', name: template.name }, form });
}

function templateForm(template: Template, known: readonly RoleValue[]): Form {
  const parameters = roleParameters(template);
  const fields = parameters.flatMap((parameter): readonly Field[] => {
    const values = known.filter(({ name }) => name === parameter.name).map(({ text }) => text);
    const base = {
      label: parameter.required ? `${parameter.name} *` : parameter.name,
      hint: `${parameter.description}${parameter.isFile ? '; Enter chooses a file' : `; ${parameter.needed}`}`,
    };
    if (parameter.isFile) return [{ ...base, id: parameter.name, kind: 'file', value: values[0] ?? '' }];
    if (!parameter.list) {
      // A default is not typed in: where nothing is given, another answer may know better.
      const placeholder = parameter.default === undefined ? undefined : `(${parameter.default})`;
      const value = textField(values[0] ?? '');
      return [{ ...base, id: parameter.name, kind: 'text', value, isSecret: parameter.secret, placeholder }];
    }
    return [...values, ''].map((text, index) => ({
      ...base,
      id: `${parameter.name}#${index}`,
      kind: 'text',
      list: parameter.name,
      value: textField(text),
      isSecret: parameter.secret,
    }));
  });
  const needed = parameters.some(({ required }) => required) ? ' Those with * are needed.' : '';
  return {
    title: template.name,
    intro: `${template.header.description}.${needed}`,
    fields,
    focus: 0,
    button: 'Accept',
    faults: {},
  };
}

/** Takes the values when the template can be rendered with them, or shows what is wrong. */
export function acceptTemplate(state: InstallerState, form: Form, name: string): InstallerState {
  const template = state.facts.templates.find((each) => each.name === name);
  if (template === undefined) return close(state);
  const values = roleParameters(template).flatMap((parameter): readonly RoleValue[] => {
    const texts = parameter.list ? listOf(form, parameter.name) : [fieldText(form, parameter.name)];
    return texts.filter((text) => text !== '').map((text) => ({ name: parameter.name, text }));
  });
  const role: RoleAnswer = { kind: 'template', template, values };
  const single = valueFaults(form, template);
  const faults = Object.keys(single).length > 0 ? single : renderFaults(form, role, state.draft.hostname);
  if (Object.keys(faults).length > 0)
    return replace(state, {
      kind: 'form',
      purpose: { kind: 'template', name },
      form: withFaults(form, faults),
    });
  return forward(close(answer(state, { role })));
}

/** Each value by itself, at its own field. */
function valueFaults(form: Form, template: Template): Record<string, string> {
  const parameters = roleParameters(template);
  return Object.fromEntries(
    form.fields.flatMap((field) => {
      const name = field.kind === 'text' ? (field.list ?? field.id) : field.id;
      const parameter = parameters.find((each) => each.name === name);
      const text = fieldText(form, field.id);
      const fault = parameter === undefined || text === '' ? undefined : valueFault(parameter, text);
      return fault === undefined ? [] : [[field.id, faultText(fault)]];
    }),
  );
}

/** All of them together; what is missing in other steps is told when they are joined. */
function renderFaults(
  form: Form,
  role: Extract<RoleAnswer, { kind: 'template' }>,
  hostname: string | undefined,
): Record<string, string> {
  const rendered = renderRole(role, hostname);
  if (!('problems' in rendered)) return {};
  const faults: Record<string, string> = {};
  for (const problem of rendered.problems) {
    if (problem.part !== 'role') continue;
    const field = form.fields.find(
      (each) => each.id === problem.parameter || (each.kind === 'text' && each.list === problem.parameter),
    );
    faults[field?.id ?? ''] ??= faultText(problem);
  }
  return faults;
}

const roleUrlForm: Form = {
  title: 'Role from an address',
  intro: 'The address of a cloud-config. The network of this installer is used.',
  fields: [
    {
      id: 'url',
      label: 'Address',
      kind: 'text',
      value: textField('https://'),
      hint: 'such as https://example.com/web.yaml',
    },
  ],
  focus: 0,
  faults: {},
};

/** Takes a configuration from outside, if a machine would; what does not go with other answers is told in their steps. */
export function acceptRoleText(state: InstallerState, where: string, text: string): InstallerState {
  const taken = answer(state, { role: { kind: 'text', where, text } });
  const wrong = configurationProblems(taken).find(({ part }) => part === 'role');
  return wrong === undefined ? forward(taken) : refuse(state, faultText(wrong));
}

function itemsOf({ facts }: InstallerState): readonly Item[] {
  return [
    { kind: 'none', title: 'None', text: 'nothing besides the answers so far' },
    ...facts.templates.map((template): Item => {
      const { name, header } = template;
      return { kind: 'template', template, title: name, text: header.description };
    }),
    {
      kind: 'file',
      title: 'A file',
      text: 'a cloud-config on a USB stick or disc',
    },
    { kind: 'url', title: 'An address', text: 'a cloud-config that is fetched' },
  ];
}

export function viewRole(state: InstallerState, page: Page): View {
  const items = itemsOf(state);
  const intro =
    'What is this machine for? The role becomes part of its configuration, which can be changed later.';
  const above = prose(intro, page.columns);
  const lines = pointed(
    items.map(({ title, text }) => [{ text: left(title, 19) }, { text, tone: 'quiet' }]),
    state.selected.role,
    page.look,
  );
  const { role } = state.draft;
  const now = role === undefined ? undefined : role.kind === 'text' ? role.where : role.template.name;
  return {
    title: 'Role',
    rows: [...above, blank, ...lines, ...(now === undefined ? [] : [blank, row(`Chosen: ${now}`, 'quiet')])],
    below: prose(items[state.selected.role]?.text ?? '', page.columns, 'quiet'),
    focus: above.length + 1 + state.selected.role,
    keys: [
      ['Up Down', 'select'],
      ['Enter', 'choose'],
      ['Esc', 'back'],
    ],
  };
}
