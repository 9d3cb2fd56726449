/** The header of a template: a Handlebars comment at its top that holds YAML, which says what it is and what it takes. */
import { parse } from 'yaml';
import { z } from 'zod';
import { BugError, messageOf } from '../errors.ts';
import { kindNames } from './kinds.ts';

const parameterSchema = z.strictObject({
  description: z.string(),
  kind: z.enum(kindNames),
  /** It may be given several times, in order. */
  list: z.boolean().default(false),
  required: z.boolean().default(false),
  default: z.string().optional(),
  /** It must be the name of an entry of this list, where that is given. */
  among: z.string().optional(),
  /** When it is not given, it is taken from the entry of this list that has the template's `name`. */
  entry: z.string().optional(),
  /** The name of its file in the folder that `--files` gives. */
  file: z.string().optional(),
  /** It must not be seen by others. */
  secret: z.boolean().default(false),
});

const headerSchema = z.strictObject({
  description: z.string(),
  /** Features that the image needs. */
  features: z.array(z.string()).default([]),
  parameters: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), parameterSchema),
  /** Of each group exactly one is given. */
  oneOf: z.array(z.array(z.string())).default([]),
  /** Of each group all are given, or none. */
  together: z.array(z.array(z.string())).default([]),
  example: z.string(),
});

export type TemplateHeader = z.infer<typeof headerSchema>;
export type TemplateParameter = z.infer<typeof parameterSchema>;

const HEADER = /^\{\{!--\n([\s\S]*?)\n--\}\}\n/;

/** A template's text, split. */
export interface SplitTemplate {
  readonly header: TemplateHeader;
  /** The whole text: Handlebars leaves the comment out by itself, and lines keep their numbers. */
  readonly text: string;
}

/** @throws {BugError} when the header is not right: templates come with Basalt. */
export function splitTemplate(text: string, file: string): SplitTemplate {
  const yaml = HEADER.exec(text)?.[1];
  if (yaml === undefined) throw new BugError(`${file} does not begin with a header`);
  try {
    const header = headerSchema.parse(parse(yaml));
    const known = Object.keys(header.parameters);
    const named = [
      ...header.oneOf.flat(),
      ...header.together.flat(),
      ...Object.values(header.parameters).flatMap(({ among, entry }) => [among, entry]),
    ];
    const unknown = named.filter((name) => name !== undefined && !known.includes(name));
    if (unknown.length > 0) throw new Error(`no such parameter: ${unknown.join(', ')}`);
    return { header, text };
  } catch (cause) {
    throw new BugError(`the header of ${file} is wrong: ${messageOf(cause)}`, { cause });
  }
}
