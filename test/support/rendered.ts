/** Cloud-configs for machines of tests: rendered from templates, several in one where a machine has several parts. */
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { readUserData } from '../../src/cloud-config/read.ts';
import { openTemplate } from '../../src/config-templates/catalogue.ts';
import { renderCloudConfig } from '../../src/config-templates/render.ts';
import { settingsOf } from './template-cases.ts';

const folder = join(resolve(import.meta.dirname, '../..'), 'templates/cloud-config');

/** Renders one template. */
export async function rendered(
  template: string,
  settings: readonly (readonly [name: string, text: string])[],
): Promise<string> {
  return renderCloudConfig(await openTemplate(folder, template), settingsOf(settings)).text;
}

interface Config {
  readonly write_files?: readonly unknown[];
  readonly coreos?: { readonly units?: readonly unknown[] };
}

/** One configuration that has the files and units of all, and everything else of the first that has it. */
export function joined(...texts: readonly string[]): string {
  const configs = texts.map((text) => parse(text) as Config);
  const earlierWins = (parts: readonly object[]): object => Object.assign({}, ...[...parts].reverse());
  const all = earlierWins(configs);
  const coreos = earlierWins(configs.map((each) => each.coreos ?? {}));
  // Two templates may start the same unit.
  const units = new Map(
    configs.flatMap((each) => each.coreos?.units ?? []).map((unit) => [JSON.stringify(unit), unit]),
  );
  const text = `#cloud-config\n${stringify({
    ...all,
    write_files: configs.flatMap((each) => each.write_files ?? []),
    coreos: { ...coreos, units: [...units.values()] },
  })}`;
  const read = readUserData(text, { file: 'joined' });
  if (read.kind !== 'cloud-config') throw new Error(`the parts do not fit together: ${JSON.stringify(read)}`);
  return text;
}
