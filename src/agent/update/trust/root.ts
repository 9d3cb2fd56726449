/** `root.json`: which keys count for which role (TUF specification, section 4.3). Pure. */
import { array, FormatError, object, string } from '../../../release-format/value.ts';
import { type Document, readDocument } from './document.ts';
import { hexadecimal, positiveInteger } from './fields.ts';
import { type RoleName, roleNames } from './trust-failure.ts';

/** Who may sign for a role, and how many of them must. */
export interface RoleKeys {
  readonly keyIds: readonly string[];
  readonly threshold: number;
}

export interface Root {
  /** Public keys by id, in hexadecimal digits; keys of kinds that this program does not know are left out, and count for nothing. */
  readonly keys: ReadonlyMap<string, string>;
  readonly roles: Readonly<Record<RoleName, RoleKeys>>;
}

/** @throws {TrustFailure} of the kind `format`. */
export function readRoot(bytes: Uint8Array): Document<Root> {
  return readDocument('root', bytes, (signed) => {
    if (signed.consistent_snapshot !== true) {
      throw new FormatError('consistent_snapshot is not true; repositories without it are not supported');
    }
    const keys = new Map<string, string>();
    for (const [id, key] of Object.entries(object(signed.keys, 'keys'))) {
      const keyId = hexadecimal(id, 64, 'the id of a key');
      const publicKey = readKey(key, `keys.${keyId}`);
      if (publicKey !== undefined) keys.set(keyId, publicKey);
    }
    const roles = new Map<string, RoleKeys>();
    for (const [name, role] of Object.entries(object(signed.roles, 'roles'))) {
      roles.set(name, readRole(role, `roles.${name}`));
    }
    return {
      keys,
      roles: Object.fromEntries(roleNames.map((name) => [name, ofRole(roles, name)])) as Root['roles'],
    };
  });
}

/** @returns Undefined for a key of a kind that is not known. */
function readKey(value: unknown, where: string): string | undefined {
  const fields = object(value, where);
  const type = string(fields.keytype, `${where}.keytype`);
  const scheme = string(fields.scheme, `${where}.scheme`);
  const values = object(fields.keyval, `${where}.keyval`);
  for (const [name, part] of Object.entries(values)) string(part, `${where}.keyval.${name}`);
  if (type !== 'ed25519' || scheme !== 'ed25519') return undefined;
  return hexadecimal(values.public, 64, `${where}.keyval.public`);
}

function readRole(value: unknown, where: string): RoleKeys {
  const fields = object(value, where);
  const keyIds = array(fields.keyids, `${where}.keyids`).map((id) => hexadecimal(id, 64, `${where}.keyids`));
  if (new Set(keyIds).size !== keyIds.length) throw new FormatError(`${where}.keyids has a key twice`);
  return { keyIds, threshold: positiveInteger(fields.threshold, `${where}.threshold`) };
}

function ofRole(roles: ReadonlyMap<string, RoleKeys>, name: RoleName): RoleKeys {
  const role = roles.get(name);
  if (role === undefined) throw new FormatError(`roles has no ${name}`);
  return role;
}
