/** From `--set KEY=VALUE` to the values of a template: strict, and all mistakes at once. */
import type { Problem } from '../errors.ts';
import { suggestion } from '../yaml/nearest.ts';
import type { TemplateHeader, TemplateParameter } from './header.ts';
import { kinds, type TemplateValue } from './kinds.ts';

/** A value as it was given. */
export interface Setting {
  readonly name: string;
  readonly text: string;
  /** Where it was given, for messages: `--set name`, `--set-file ca=FILE`. */
  readonly where: string;
}

/** Every parameter has a value: undefined, or empty as a list, when it was not given. */
export type ParameterValues = Readonly<Record<string, TemplateValue | readonly TemplateValue[] | undefined>>;

export interface ReadSettings {
  readonly values: ParameterValues;
  readonly problems: readonly Problem[];
}

/** Reads the settings of a template. */
export function readSettings(header: TemplateHeader, settings: readonly Setting[]): ReadSettings {
  const problems: Problem[] = [];
  const problem = (file: string, message: string, hint?: string) =>
    void problems.push({ file, line: 0, column: 0, message, ...(hint === undefined ? {} : { hint }) });
  const names = Object.keys(header.parameters);
  for (const { name, where } of settings)
    if (!names.includes(name))
      problem(where, `there is no parameter "${name}"`, suggestion(name, names, 'parameters'));

  const values: Record<string, TemplateValue | readonly TemplateValue[] | undefined> = {};
  for (const [name, parameter] of Object.entries(header.parameters)) {
    const given = settings.filter((setting) => setting.name === name);
    if (!parameter.list && given.length > 1)
      problem(given[1]?.where ?? '', `${name} is given ${given.length} times`, 'it takes one value');
    const read = given.map((setting) => readOne(parameter, setting, problem));
    const found = read.filter((value) => value !== undefined);
    if (parameter.list) values[name] = found;
    else values[name] = found[0] ?? (given.length === 0 ? defaultOf(parameter) : undefined);
  }
  const isGiven = (name: string) => settings.some((setting) => setting.name === name);
  takeFromEntries(header, values, isGiven);
  checkNames(header, values, settings, problem);
  for (const [name, parameter] of Object.entries(header.parameters))
    if (parameter.required && !isGiven(name) && isEmpty(values[name]))
      problem(`--set ${name}`, `${name} is needed: ${parameter.description}`, kinds[parameter.kind].needed);
  checkGroups(header, isGiven, problem);
  return { values, problems };
}

type Report = (file: string, message: string, hint?: string) => void;

function readOne(parameter: TemplateParameter, setting: Setting, problem: Report): TemplateValue | undefined {
  const kind = kinds[parameter.kind];
  const value = kind.read(setting.text);
  if (value !== undefined) return value;
  // A key is not repeated on a screen.
  const shown =
    parameter.secret || setting.text.includes('\n') ? 'the content' : JSON.stringify(setting.text);
  problem(setting.where, `${shown} cannot be ${setting.name}`, `${kind.needed} is needed`);
  return undefined;
}

function defaultOf(parameter: TemplateParameter): TemplateValue | undefined {
  return parameter.default === undefined ? undefined : kinds[parameter.kind].read(parameter.default);
}

type Values = Record<string, TemplateValue | readonly TemplateValue[] | undefined>;

/** `entry: member` of `address`: the address of the member that has this machine's name. */
function takeFromEntries(header: TemplateHeader, values: Values, isGiven: (name: string) => boolean): void {
  for (const [name, { entry }] of Object.entries(header.parameters)) {
    if (entry === undefined || isGiven(name)) continue;
    const found = namedEntries(values, entry).find((each) => each.name === values.name);
    if (found !== undefined) values[name] = found;
  }
}

function checkNames(
  header: TemplateHeader,
  values: Values,
  settings: readonly Setting[],
  problem: Report,
): void {
  for (const [name, { among, kind }] of Object.entries(header.parameters)) {
    const own = values[name];
    if (among !== undefined && typeof own === 'string') {
      const known = namedEntries(values, among).map((each) => each.name ?? '');
      if (known.length > 0 && !known.includes(own))
        problem(`--set ${name}`, `${own} is none of ${among}`, suggestion(own, known));
    }
    if (kind !== 'member') continue;
    for (const part of ['name', 'text']) {
      const seen = namedEntries(values, name).map((each) => each[part]);
      const twice = seen.filter((each, index) => seen.indexOf(each) !== index);
      for (const each of new Set(twice))
        problem(`--set ${name}`, `${each} is given twice`, 'names and addresses differ');
    }
  }
  for (const [name, { entry, kind }] of Object.entries(header.parameters)) {
    const own = values[name];
    if (entry === undefined || kind !== 'address' || typeof own !== 'object' || Array.isArray(own)) continue;
    const listed = namedEntries(values, entry).find((each) => each.name === values.name);
    const text = (own as Readonly<Record<string, string>>).text ?? '';
    const isSet = settings.some((setting) => setting.name === name);
    if (
      isSet &&
      listed !== undefined &&
      listed.text !== text &&
      !text.startsWith('$') &&
      !listed.text?.startsWith('$')
    )
      problem(`--set ${name}`, `${name} is ${text}, and ${entry} says ${listed.text}`, `leave ${name} out`);
  }
}

function checkGroups(header: TemplateHeader, isGiven: (name: string) => boolean, problem: Report): void {
  for (const group of header.oneOf) {
    const given = group.filter(isGiven);
    if (given.length === 1) continue;
    const seen =
      given.length === 0 ? `none of ${group.join(', ')} is given` : `${given.join(' and ')} are given`;
    problem(`--set ${group[0]}`, seen, `exactly one of ${group.join(', ')} is needed`);
  }
  for (const group of header.together) {
    const given = group.filter(isGiven);
    if (given.length === 0 || given.length === group.length) continue;
    const missing = group.filter((name) => !given.includes(name));
    problem(`--set ${given[0]}`, `${given.join(', ')} without ${missing.join(', ')}`, 'all of them, or none');
  }
}

function namedEntries(values: Values, name: string): readonly Readonly<Record<string, string>>[] {
  const list = values[name];
  return Array.isArray(list) ? list.filter((each) => typeof each === 'object') : [];
}

function isEmpty(value: Values[string]): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
