/**
 * Metadata of The Update Framework: signing, writing, reading.
 * @see https://theupdateframework.github.io/specification/latest/
 */
import { createHash } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import {
  Metadata,
  MetadataKind,
  MetaFile,
  type Root,
  Signature,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { messageOf, UserError } from '../errors.ts';
import type { KeyStore } from './key-store.ts';
import type { RoleName } from './roles.ts';
import type { Signer } from './signer.ts';

/** What each role signs. */
export interface Signed {
  readonly root: Root;
  readonly targets: Targets;
  readonly snapshot: Snapshot;
  readonly timestamp: Timestamp;
}

const DAY_MS = 86_400_000;

/** `2026-11-22T06:31:46Z`, the form that metadata has. */
export function expiryAfter(now: Date, days: number): string {
  return new Date(now.getTime() + days * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Who must sign: a root, and for which role. */
export interface Signers {
  readonly root: Root;
  readonly role: RoleName;
}

/**
 * Signs with every key at hand that one of the roots names for the role.
 * @throws {UserError} when fewer are there than one of them asks for.
 */
export async function sign<Role extends RoleName>(
  signed: Signed[Role],
  by: readonly Signers[],
  keys: KeyStore,
): Promise<Metadata<Signed[Role]>> {
  const metadata = new Metadata<Signed[Role]>(signed);
  const bytes = Buffer.from(canonicalize(signed.toJSON()));
  for (const { root, role } of by) {
    for (const { keyId, sign } of signersOf(root, role, keys)) {
      if (metadata.signatures[keyId] !== undefined) continue;
      const sig = Buffer.from(await sign(bytes)).toString('hex');
      metadata.signatures[keyId] = new Signature({ keyID: keyId, sig });
    }
  }
  return metadata;
}

/** Every signer of a role that is at hand. @throws {UserError} when they are not enough. */
export function signersOf(root: Root, role: RoleName, keys: KeyStore): readonly Signer[] {
  const { keyIDs, threshold } = roleOf(root, role);
  const signers = keyIDs.map((id) => keys.find(id)).filter((signer) => signer !== undefined);
  if (signers.length < threshold) throw keysMissing(role, keyIDs, threshold, signers.length);
  return signers;
}

/** The keys of a role and how many must sign. */
export function roleOf(root: Root, role: RoleName): Root['roles'][string] {
  const found = root.roles[role];
  if (found === undefined) throw new Error(`the root has no role ${role}`);
  return found;
}

/** Writes metadata; the same metadata gives the same bytes. */
export function textOf(metadata: Metadata<Signed[RoleName]>): string {
  return `${JSON.stringify(metadata.toJSON())}\n`;
}

/** @throws {UserError} when a text is not metadata of that role. */
export function parse<Role extends RoleName>(role: Role, text: string, file: string): Metadata<Signed[Role]> {
  try {
    // The library's overloads take each kind alone.
    const read = Metadata.fromJSON as (kind: MetadataKind, data: unknown) => Metadata<Signed[Role]>;
    return read(kinds[role], JSON.parse(text));
  } catch (cause) {
    throw new UserError('metadata-invalid', 'a metadata file of the repository cannot be read', {
      where: file,
      seen: messageOf(cause),
      needed: `metadata of the role ${role}`,
      next: ['put it back from a copy of the repository'],
      cause,
    });
  }
}

const kinds: Readonly<Record<RoleName, MetadataKind>> = {
  root: MetadataKind.Root,
  targets: MetadataKind.Targets,
  snapshot: MetadataKind.Snapshot,
  timestamp: MetadataKind.Timestamp,
};

/** How other metadata names a metadata file: version, length and digest. */
export function describe(text: string, version: number): MetaFile {
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return new MetaFile({ version, length: bytes.length, hashes: { sha256 } });
}

function keysMissing(role: RoleName, keyIds: readonly string[], threshold: number, found: number): UserError {
  return new UserError('key-missing', `there are not enough keys to sign for the role ${role}`, {
    seen: `${found} of the keys ${keyIds.map((id) => id.slice(0, 8)).join(', ')}`,
    needed: `${threshold} of them`,
    next: ['name every folder with keys: --keys DIR may be given more than once'],
  });
}

/** Of the TUF specification, as metadata names it. */
export const specVersion = '1.0.31';
