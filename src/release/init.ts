/** Makes a repository: keys, the root of trust, and metadata that names nothing yet. */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Snapshot, Targets, Timestamp } from '@tufjs/models';
import { UserError } from '../errors.ts';
import { exclusively, openKeys } from './change.ts';
import type { ReleaseContext } from './context.ts';
import { describe, expiryAfter, sign, specVersion, textOf } from './metadata.ts';
import { writeMetadata } from './publish.ts';
import { type Lifetimes, type RoleName, roleNames } from './roles.ts';
import { makeRoot } from './root.ts';
import type { Signer } from './signer.ts';

export interface InitOptions {
  /** How many root keys there are, and how many of them must sign a new root. */
  readonly rootKeys: number;
  readonly threshold: number;
  readonly lifetimes: Lifetimes;
}

/** A key of the repository. */
export interface KeyInfo {
  readonly role: RoleName;
  readonly keyId: string;
  /** Where the key is. */
  readonly file: string;
  /** `kept`: it was there already. */
  readonly state: 'made' | 'kept';
}

export interface Initialized {
  readonly repository: string;
  /** The root of trust, which goes into images. */
  readonly root: string;
  readonly keys: readonly KeyInfo[];
  /** When each role must be signed again at the latest; ISO 8601. */
  readonly expires: Readonly<Record<RoleName, string>>;
}

/**
 * Keys that are there (`ROLE-1.pem`, or `ROLE-1.signer.json` for one that is kept elsewhere) are used; the others are made.
 * @throws {UserError} when there is a repository already.
 */
export async function initRepository(context: ReleaseContext, options: InitOptions): Promise<Initialized> {
  checkThreshold(options.rootKeys, options.threshold);
  await mkdir(context.repository, { recursive: true });
  return exclusively(context, async (repository) => {
    if (await repository.exists()) {
      throw new UserError('repository-exists', 'there is an update repository here already', {
        where: context.repository,
        needed: 'an empty or a new folder',
        next: ['new keys for this one: ./basalt release rotate', 'name another folder'],
      });
    }
    const keys = await openKeys(context);
    const infos: KeyInfo[] = [];
    const signersOf = async (role: RoleName, count: number): Promise<Signer[]> => {
      const signers: Signer[] = [];
      for (let number = 1; number <= count; number++) {
        const { signer, isNew } = await keys.numbered(role, number);
        infos.push({ role, keyId: signer.keyId, file: signer.file, state: isNew ? 'made' : 'kept' });
        signers.push(signer);
      }
      return signers;
    };
    const expires = Object.fromEntries(
      roleNames.map((role) => [role, expiryAfter(context.now(), options.lifetimes[role])]),
    ) as Record<RoleName, string>;
    const roleKeys = async (role: RoleName) => ({
      publicKeys: (await signersOf(role, role === 'root' ? options.rootKeys : 1)).map(
        ({ publicKey }) => publicKey,
      ),
      threshold: role === 'root' ? options.threshold : 1,
    });
    const root = makeRoot({
      version: 1,
      expires: expires.root,
      roles: {
        root: await roleKeys('root'),
        targets: await roleKeys('targets'),
        snapshot: await roleKeys('snapshot'),
        timestamp: await roleKeys('timestamp'),
      },
      lifetimes: options.lifetimes,
    });
    const by = (role: RoleName) => [{ root, role }];
    const version = 1;
    const targets = textOf(
      await sign<'targets'>(
        new Targets({ specVersion, version, expires: expires.targets }),
        by('targets'),
        keys,
      ),
    );
    const meta = { 'targets.json': describe(targets, version) };
    const snapshot = textOf(
      await sign<'snapshot'>(
        new Snapshot({ specVersion, version, expires: expires.snapshot, meta }),
        by('snapshot'),
        keys,
      ),
    );
    const snapshotMeta = describe(snapshot, version);
    const timestamp = new Timestamp({ specVersion, version, expires: expires.timestamp, snapshotMeta });
    await writeMetadata(repository, context, [
      { file: '1.root.json', text: textOf(await sign<'root'>(root, by('root'), keys)) },
      { file: '1.targets.json', text: targets },
      { file: '1.snapshot.json', text: snapshot },
      // The repository is there when this is.
      { file: 'timestamp.json', text: textOf(await sign<'timestamp'>(timestamp, by('timestamp'), keys)) },
    ]);
    return {
      repository: resolve(context.repository),
      root: resolve(repository.metadataPath('1.root.json')),
      keys: infos,
      expires,
    };
  });
}

/** @throws {UserError} when no root could ever be signed, or an attacker would need no key. */
export function checkThreshold(keys: number, threshold: number): void {
  if (threshold >= 1 && threshold <= keys) return;
  throw new UserError('threshold-invalid', 'this threshold cannot be reached', {
    seen: `${threshold} of ${keys} keys`,
    needed: `from 1 to ${keys}`,
  });
}
