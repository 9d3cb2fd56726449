/** The root of trust: whose keys count for which role, and how long signatures are good. */
import { Root } from '@tufjs/models';
import { roleOf, specVersion } from './metadata.ts';
import { defaultLifetimes, type Lifetimes, type RoleName, roleNames } from './roles.ts';
import { tufKey } from './signer.ts';

/** Keys of a role, and how many of them must sign. */
export interface RoleKeys {
  /** 32 bytes each, hexadecimal. */
  readonly publicKeys: readonly string[];
  readonly threshold: number;
}

export interface RootContent {
  readonly version: number;
  /** As metadata has it. */
  readonly expires: string;
  readonly roles: Readonly<Record<RoleName, RoleKeys>>;
  readonly lifetimes: Lifetimes;
}

/** Kept with each role, and signed with it; clients pass over what they do not know (TUF specification, 4.1). */
const LIFETIME = 'x-basalt-lifetime-days';

export function makeRoot({ version, expires, roles, lifetimes }: RootContent): Root {
  const keys = roleNames.flatMap((role) => roles[role].publicKeys.map(tufKey));
  return Root.fromJSON({
    spec_version: specVersion,
    version,
    expires,
    consistent_snapshot: true,
    keys: Object.fromEntries(keys.map((key) => [key.keyID, key.toJSON()])),
    roles: Object.fromEntries(
      roleNames.map((role) => [
        role,
        {
          keyids: roles[role].publicKeys.map((each) => tufKey(each).keyID),
          threshold: roles[role].threshold,
          [LIFETIME]: lifetimes[role],
        },
      ]),
    ),
  });
}

/** What {@link makeRoot} was given. */
export function contentOf(root: Root): RootContent {
  const each = <T>(read: (role: RoleName) => T) =>
    Object.fromEntries(roleNames.map((role) => [role, read(role)])) as Record<RoleName, T>;
  return {
    version: root.version,
    expires: root.expires,
    roles: each((role) => ({
      publicKeys: roleOf(root, role).keyIDs.flatMap((id) => root.keys[id]?.keyVal.public ?? []),
      threshold: roleOf(root, role).threshold,
    })),
    lifetimes: each((role) => lifetimeOf(root, role)),
  };
}

/** Days. */
export function lifetimeOf(root: Root, role: RoleName): number {
  const days = roleOf(root, role).unrecognizedFields?.[LIFETIME];
  return typeof days === 'number' && days > 0 ? days : defaultLifetimes[role];
}
