/** The templates that come with Basalt: templates/cloud-config/NAME.hbs. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes, UserError } from '../errors.ts';
import { suggestion } from '../yaml/nearest.ts';
import { type SplitTemplate, splitTemplate } from './header.ts';

export interface Template extends SplitTemplate {
  readonly name: string;
  /** Path of the file. */
  readonly file: string;
}

/** Names of the templates, sorted. */
export async function templateNames(folder: string): Promise<string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith('.hbs'))
    .map((file) => file.slice(0, -'.hbs'.length))
    .sort();
}

/** @throws {UserError} when there is no template of this name. */
export async function openTemplate(folder: string, name: string): Promise<Template> {
  const names = await templateNames(folder);
  if (!names.includes(name)) {
    throw new UserError('template-unknown', 'there is no such template', {
      exitCode: exitCodes.usage,
      seen: name,
      needed: suggestion(name, names, 'templates'),
      next: ['./basalt config render --list shows them'],
    });
  }
  const file = join(folder, `${name}.hbs`);
  return { name, file, ...splitTemplate(await readFile(file, 'utf8'), file) };
}
