/**
 * What a made-up BMC says, and what it is sent, is checked against schemas, so that a client that works with it was not fed
 * fiction. They were written down from those that the DMTF publishes (DSP8010), for what is used here: names, types, values,
 * what is required, what can be null, what can be written. A property that is not written down is a mistake, and so is a
 * version of a type that was not compared. Stricter than published: references begin with `/redfish/v1`, actions have a
 * target. The published files are not in this repository; docs/redfish.md says what was compared when.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Body } from './mock-resources.ts';
import { patchSchemas, postSchemas } from './request-schemas.ts';
import { errorSchema, resourceSchemas } from './resource-schemas.ts';
import type { Schema } from './schema-parts.ts';

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv, ['uri-reference', 'date-time']);
const compile = (schemas: Readonly<Record<string, Schema>>) =>
  new Map(Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]));
const resources = compile(resourceSchemas);
const posts = compile(postSchemas);
const patches = compile(patchSchemas);
const error = ajv.compile(errorSchema);

/** Why an answer's body is not as its schema wants it; empty when it is. */
export function checkBody(body: Body): readonly string[] {
  if (!('@odata.type' in body)) return complaints('error', error, body);
  const type = typeOf(body);
  return complaints(type, resources.get(type), body);
}

/**
 * Why a request's body is not as its schema wants it; empty when it is.
 * @param resource What is there already, for a PATCH.
 */
export function checkRequest(
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: Body },
  resource: Body | undefined,
): readonly string[] {
  if (method === 'POST') {
    const name = path.split('/').at(-1) ?? '';
    return complaints(`POST ${name}`, posts.get(name), body);
  }
  if (method === 'PATCH') {
    const type = typeOf(resource ?? {});
    return complaints(`PATCH ${type}`, patches.get(type), body);
  }
  return Object.keys(body).length === 0 ? [] : [`${method} ${path} has a body`];
}

/** `#Task.v1_4_3.Task` without the first and the last part; a name that no schema has when it is not of that form. */
function typeOf(body: Body): string {
  const type = String(body['@odata.type']);
  const [, namespace = '', name] = /^#(.+)\.(\w+)$/.exec(type) ?? [];
  return namespace.split('.')[0] === name ? namespace : type;
}

function complaints(name: string, validate: ValidateFunction | undefined, body: Body): readonly string[] {
  if (validate === undefined) return [`${name}: no schema is written down for it`];
  if (validate(body)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message: said, params }) => `${name}${instancePath} ${said} ${JSON.stringify(params)}`,
  );
}
