/** Signs again what would run out, and tells what will. */
import { exclusively, openKeys } from './change.ts';
import type { ReleaseContext } from './context.ts';
import type { KeyStore } from './key-store.ts';
import { expiryAfter, sign, textOf } from './metadata.ts';
import { prune } from './prune.ts';
import { type MetadataFile, signEdition, writeMetadata } from './publish.ts';
import { type Repository, type State, targetsOf } from './repository.ts';
import { type RoleName, roleNames } from './roles.ts';
import { contentOf, lifetimeOf, makeRoot } from './root.ts';

export interface RenewOptions {
  /** Roles to sign besides the timestamp, and a snapshot of whose time half is over. */
  readonly roles: readonly RoleName[];
}

/** Until when a role's metadata is good. */
export interface RoleExpiry {
  readonly role: RoleName;
  readonly version: number;
  /** ISO 8601. */
  readonly expires: string;
  readonly state: 'signed' | 'kept';
}

const DAY_MS = 86_400_000;
/** Who keeps keys in a safe has this long to get at them. */
const WARN_DAYS = 30;

/** @throws {UserError} when a key that is needed is not at hand; then nothing was changed. */
export async function renew(context: ReleaseContext, options: RenewOptions): Promise<readonly RoleExpiry[]> {
  return exclusively(context, async (repository) => {
    const before = await repository.state();
    const now = context.now();
    const isWanted = (role: RoleName) => options.roles.includes(role);
    const edition = {
      state: before,
      targets: isWanted('targets') ? targetsOf(before) : undefined,
      snapshot: isWanted('snapshot') || isHalfOver(before, 'snapshot', now),
      roots: [before.root.signed] as const,
      now,
    };
    const keys = await openKeys(context);
    const root = isWanted('root') ? [await nextRoot(before, now, keys)] : [];
    await writeMetadata(repository, context, [...(await signEdition(edition, keys)), ...root]);
    await prune(repository, context);
    return tell(context, repository, before);
  });
}

/** The same root for another span of time. */
async function nextRoot({ root }: State, now: Date, keys: KeyStore): Promise<MetadataFile> {
  const content = contentOf(root.signed);
  const version = content.version + 1;
  const next = makeRoot({ ...content, version, expires: expiryAfter(now, content.lifetimes.root) });
  const signed = await sign<'root'>(next, [{ root: root.signed, role: 'root' }], keys);
  return { file: `${version}.root.json`, text: textOf(signed) };
}

function isHalfOver({ root, ...state }: State, role: 'snapshot', now: Date): boolean {
  return daysLeft(state[role].signed.expires, now) < lifetimeOf(root.signed, role) / 2;
}

async function tell(
  context: ReleaseContext,
  repository: Repository,
  before: State,
): Promise<readonly RoleExpiry[]> {
  const after = await repository.state();
  return roleNames.map((role) => {
    const { version, expires } = after[role].signed;
    const days = daysLeft(expires, context.now());
    if (days < Math.min(WARN_DAYS, lifetimeOf(after.root.signed, role) / 2)) {
      const when = days < 0 ? `ran out on ${expires}: clients refuse it` : `runs out on ${expires}`;
      context.onMessage('warning', `${role} ${when}; sign it again with --role ${role}`);
    }
    return { role, version, expires, state: version === before[role].signed.version ? 'kept' : 'signed' };
  });
}

function daysLeft(expires: string, now: Date): number {
  return (Date.parse(expires) - now.getTime()) / DAY_MS;
}
