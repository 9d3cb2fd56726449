/** New keys for a role. */
import type { Root } from '@tufjs/models';
import { UserError } from '../errors.ts';
import { exclusively, openKeys } from './change.ts';
import type { ReleaseContext } from './context.ts';
import { handOver } from './handover.ts';
import { checkThreshold } from './init.ts';
import type { KeyStore } from './key-store.ts';
import { expiryAfter, roleOf, sign, signersOf, textOf } from './metadata.ts';
import { prune } from './prune.ts';
import { signEdition, writeMetadata } from './publish.ts';
import { type State, targetsOf } from './repository.ts';
import type { RoleName } from './roles.ts';
import { contentOf, makeRoot } from './root.ts';
import { keyIdOf } from './signer.ts';

export interface RotateOptions {
  readonly role: RoleName;
  /** A key that is there already, instead of a new one. */
  readonly key?: string | undefined;
  /** The beginning of the id of the key that goes; may be left out when the role has one key. */
  readonly retire?: string | undefined;
  /** No key goes. */
  readonly add?: boolean;
  /** How many keys must sign from now on. */
  readonly threshold?: number | undefined;
}

export interface Rotated {
  readonly role: RoleName;
  readonly rootVersion: number;
  readonly added: { readonly keyId: string; readonly file: string };
  /** Keys that count no more, and where they are if they were found. */
  readonly retired: readonly { readonly keyId: string; readonly file?: string | undefined }[];
  readonly keyIds: readonly string[];
  readonly threshold: number;
}

/**
 * A client follows roots from the one that it has, so the next is signed by the keys of both (TUF specification, 5.3.4).
 * The role's metadata is signed by its old and its new keys and written before the root: at every moment it is good under
 * the root that is in force.
 * @throws {UserError} when keys are missing; then nothing was published.
 */
export async function rotate(context: ReleaseContext, options: RotateOptions): Promise<Rotated> {
  return exclusively(context, async (repository) => {
    const state = await repository.state();
    const keys = await openKeys(context);
    const { role } = options;
    const old = contentOf(state.root.signed);
    const before = old.roles[role];
    const gone = leaving(before.publicKeys, options);
    const threshold = options.threshold ?? before.threshold;
    const stay = before.publicKeys.filter((key) => !gone.includes(key));
    checkThreshold(stay.length + 1, threshold);

    // Before a key is made that nothing could name.
    for (const needed of ['root', ...namedBy[role]] as const) signersOf(state.root.signed, needed, keys);
    const signer = options.key === undefined ? await keys.next(role) : await keys.add(options.key);
    if (before.publicKeys.includes(signer.publicKey)) throw sameKey(role, signer.file);
    const version = old.version + 1;
    const next = makeRoot({
      ...old,
      version,
      expires: expiryAfter(context.now(), old.lifetimes.root),
      roles: { ...old.roles, [role]: { publicKeys: [...stay, signer.publicKey], threshold } },
    });
    const rootFile = await signRoot(state.root.signed, next, keys);
    const isAtHand = canSign(state.root.signed, role, keys);
    const files =
      role === 'root' ? [] : await signEdition(editionOf(context, state, role, next, isAtHand), keys);
    if (!isAtHand) {
      context.onMessage(
        'warning',
        `the old key of ${role} is not at hand: clients that come while this is published may fail once`,
      );
    }
    if (isAtHand) await writeMetadata(repository, context, [...files, rootFile]);
    else await handOver(repository, context, rootFile, files);
    await prune(repository, context);
    return {
      role,
      rootVersion: version,
      added: { keyId: signer.keyId, file: signer.file },
      retired: gone.map((key) => ({ keyId: keyIdOf(key), file: keys.find(keyIdOf(key))?.file })),
      keyIds: roleOf(next, role).keyIDs,
      threshold,
    };
  });
}

/** Roles whose metadata names that of a role, and is signed again with it. */
const namedBy: Readonly<Record<RoleName, readonly RoleName[]>> = {
  root: [],
  targets: ['snapshot', 'timestamp'],
  snapshot: ['timestamp'],
  timestamp: [],
};

async function signRoot(old: Root, next: Root, keys: KeyStore) {
  const by = [
    { root: old, role: 'root' },
    { root: next, role: 'root' },
  ] as const;
  return { file: `${next.version}.root.json`, text: textOf(await sign<'root'>(next, by, keys)) };
}

/** The role's metadata and what names it; without the old keys it is good only under the next root. */
function editionOf(context: ReleaseContext, state: State, role: RoleName, next: Root, isAtHand: boolean) {
  return {
    state,
    targets: role === 'targets' ? targetsOf(state) : undefined,
    snapshot: role === 'snapshot',
    roots: isAtHand ? ([state.root.signed, next] as const) : ([next] as const),
    now: context.now(),
  };
}

function canSign(root: Root, role: RoleName, keys: KeyStore): boolean {
  const { keyIDs, threshold } = roleOf(root, role);
  return keyIDs.filter((id) => keys.find(id) !== undefined).length >= threshold;
}

/** The keys that go, of those that a role has. */
function leaving(publicKeys: readonly string[], { role, retire, add }: RotateOptions): readonly string[] {
  if (add === true) return [];
  if (retire === undefined && publicKeys.length === 1) return publicKeys;
  const matching = publicKeys.filter((key) => retire !== undefined && keyIdOf(key).startsWith(retire));
  if (matching.length === 1) return matching;
  throw new UserError('key-unclear', `which key of the role ${role} goes is not clear`, {
    seen: retire ?? 'no key named',
    needed: `the beginning of one of ${publicKeys.map((key) => keyIdOf(key).slice(0, 8)).join(', ')}`,
    next: ['--retire KEY names it', 'with --add no key goes'],
  });
}

function sameKey(role: RoleName, file: string): UserError {
  return new UserError('key-known', `the role ${role} has this key already`, {
    where: file,
    needed: 'another key',
    next: ['without --key a new one is made'],
  });
}
