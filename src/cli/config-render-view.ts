/** What `basalt config render` shows of templates. */
import type { Template } from '../config-templates/catalogue.ts';
import { kinds } from '../config-templates/kinds.ts';
import type { Page } from './show-result.ts';

/** A template, as --json gives it. */
export interface Described {
  readonly name: string;
  readonly description: string;
  readonly features: readonly string[];
  readonly example: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly description: string;
    readonly needed: string;
    readonly required: boolean;
    readonly list: boolean;
    readonly secret: boolean;
    readonly default?: string;
    readonly file?: string;
  }[];
}

/** What a template is and takes. */
export function described({ name, header }: Template): Described {
  const single = new Set(header.oneOf.flat());
  return {
    name,
    description: header.description,
    features: header.features,
    example: `./basalt config render ${name} ${header.example}`,
    parameters: Object.entries(header.parameters).map(([parameter, each]) => ({
      name: parameter,
      description: single.has(parameter)
        ? `${each.description} (exactly one of ${header.oneOf.find((group) => group.includes(parameter))?.join(', ')})`
        : each.description,
      needed: kinds[each.kind].needed,
      required: each.required,
      list: each.list,
      secret: each.secret,
      ...(each.default === undefined ? {} : { default: each.default }),
      ...(each.file === undefined ? {} : { file: each.file }),
    })),
  };
}

/** The list of templates, for people. */
export function listLines({ templates }: { templates: readonly Described[] }, { paint }: Page): string[] {
  return templates.flatMap(({ name, description, features }) => [
    paint('strong', name),
    `  ${description}`,
    `  needs the feature ${features.join(', ')}`,
  ]);
}

/** A template's parameters, for people. */
export function parameterLines({ description, parameters, example }: Described, { paint }: Page): string[] {
  return [
    description,
    '',
    ...parameters.flatMap(({ name, description: text, needed, required, list, default: usual, file }) => [
      `${paint('strong', name)}${required ? '  (needed)' : ''}${list ? '  (may be repeated)' : ''}`,
      `  ${text}`,
      `  ${needed}${usual === undefined ? '' : `; ${usual} when it is not given`}${file === undefined ? '' : `; the file ${file} of --files`}`,
    ]),
    '',
    'Example:',
    `  ${example}`,
  ];
}
