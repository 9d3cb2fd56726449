/** The cloud-config of a machine, from its profile. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readUserData } from '../cloud-config/read.ts';
import { openTemplate } from '../config-templates/catalogue.ts';
import { renderCloudConfig } from '../config-templates/render.ts';
import type { Setting } from '../config-templates/settings.ts';
import { messageOf, UserError } from '../errors.ts';
import type { MachineFacts } from './machines/facts.ts';
import type { Profile } from './machines/profile.ts';

/**
 * Renders the configuration, checked as a machine would check it.
 * @param templates Folder of the templates.
 * @returns Undefined when the profile has none.
 * @throws {UserError} with every problem.
 */
export async function machineConfig(
  templates: string,
  { config, name }: Profile,
  facts: MachineFacts,
): Promise<string | undefined> {
  if (config === undefined) return undefined;
  if (config.kind === 'file') return checkedFile(config.file);
  const template = await openTemplate(templates, config.template);
  const known = variablesOf(name, facts);
  const settings: Setting[] = Object.entries(config.values).flatMap(([parameter, value]) =>
    [value].flat().map((each) => ({
      name: parameter,
      text: filled(String(each), known),
      where: `${name}: config.values.${parameter}`,
    })),
  );
  if (config.files !== undefined) {
    const folder = filled(config.files, known);
    const present = await readdir(folder).catch((cause: unknown) => {
      throw new UserError('files-missing', `the files for "${name}" cannot be read`, {
        where: folder,
        seen: messageOf(cause),
        cause,
      });
    });
    for (const [parameter, { file }] of Object.entries(template.header.parameters)) {
      if (file === undefined || !present.includes(file) || settings.some((each) => each.name === parameter))
        continue;
      const path = join(folder, file);
      settings.push({ name: parameter, text: (await readFile(path, 'utf8')).trimEnd(), where: path });
    }
  }
  return renderCloudConfig(template, settings).text;
}

/** What a value may stand for. In small letters: names of machines are. */
function variablesOf(name: string, facts: MachineFacts): Readonly<Record<string, string | undefined>> {
  return {
    name,
    mac: facts.mac.replaceAll(':', ''),
    uuid: facts.uuid,
    'service-tag': facts.serviceTag?.toLowerCase(),
  };
}

function filled(text: string, known: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\{(name|mac|uuid|service-tag)\}/g, (_, name: string) => {
    const value = known[name];
    // Letters, digits and dashes alone: a service tag must not lead a path out of its folder.
    if (value !== undefined && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value)) return value;
    throw new UserError('value-unknown', `{${name}} stands for nothing on this machine`, {
      seen:
        value === undefined ? `the machine tells no ${name}` : `a ${name} with other than letters and digits`,
      next: ['write the value out'],
    });
  });
}

async function checkedFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError('config-missing', 'the cloud-config cannot be read', {
      where: file,
      seen: messageOf(cause),
      cause,
    });
  });
  const read = readUserData(text, { file });
  if (read.kind === 'invalid')
    throw new UserError('cloud-config-invalid', `${file} is not a configuration that a machine takes`, {
      problems: read.problems,
    });
  return text;
}
