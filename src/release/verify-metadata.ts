/** Checks metadata step by step, as the client workflow goes (TUF specification, 5), and tells each step. */

import { readFile } from 'node:fs/promises';
import type { Metadata, MetaFile, Root } from '@tufjs/models';
import { messageOf } from '../errors.ts';
import { type Check, check } from '../inspect/check.ts';
import type { Signed } from './metadata.ts';
import type { Repository, State } from './repository.ts';
import type { RoleName } from './roles.ts';

/** @returns What is in force; undefined when the way to it is broken. */
export async function* verifyMetadata(
  repository: Repository,
  now: Date,
): AsyncGenerator<Check, State | undefined> {
  const root = yield* verifyRoots(repository);
  if (root === undefined) return undefined;
  yield notExpired('root', root, now);
  const step = async function* <Role extends Exclude<RoleName, 'root'>>(role: Role, meta?: MetaFile) {
    const file = fileOf(role, meta?.version);
    const read = yield* readable(repository, role, file);
    if (read === undefined) return undefined;
    yield claim(file, 'is signed by enough keys of the root', () => root.verifyDelegate(role, read));
    if (meta !== undefined) {
      const bytes = await readFile(repository.metadataPath(file));
      yield claim(file, 'is what names it: version, length and SHA-256', () => {
        meta.verify(bytes);
        if (read.signed.version !== meta.version) throw new Error(`its version is ${read.signed.version}`);
      });
    }
    yield notExpired(role, read, now);
    return read;
  };
  const timestamp = yield* step('timestamp');
  if (timestamp === undefined) return undefined;
  const snapshot = yield* step('snapshot', timestamp.signed.snapshotMeta);
  if (snapshot === undefined) return undefined;
  const meta = snapshot.signed.meta['targets.json'];
  if (meta === undefined) {
    yield check({ file: fileOf('snapshot', snapshot.signed.version) }, 'names targets.json', 'it does not');
    return undefined;
  }
  const targets = yield* step('targets', meta);
  return targets === undefined ? undefined : { root, timestamp, snapshot, targets };
}

/** A machine may have any of them, and goes from there to the newest, one by one. */
async function* verifyRoots(repository: Repository): AsyncGenerator<Check, Metadata<Root> | undefined> {
  const newest = (await repository.versionsOf('root')).at(-1);
  if (newest === undefined) {
    yield check({ file: '1.root.json' }, 'can be read', 'the file is missing');
    return undefined;
  }
  let before: Metadata<Root> | undefined;
  for (let version = 1; version <= newest; version++) {
    const file = fileOf('root', version);
    const root = yield* readable(repository, 'root', file);
    if (root === undefined) return undefined;
    const old = before;
    yield claim(file, 'has its version', () => {
      if (root.signed.version !== version) throw new Error(`its version is ${root.signed.version}`);
    });
    yield claim(file, 'is signed by enough of its own keys', () => root.verifyDelegate('root', root));
    if (old !== undefined)
      yield claim(file, 'is signed by enough keys of the one before', () => old.verifyDelegate('root', root));
    before = root;
  }
  return before;
}

async function* readable<Role extends RoleName>(
  repository: Repository,
  role: Role,
  file: string,
): AsyncGenerator<Check, Metadata<Signed[Role]> | undefined> {
  try {
    return await repository.read(role, file);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    yield check({ file }, 'can be read', messageOf(cause ?? error));
    return undefined;
  }
}

function notExpired(role: RoleName, { signed }: Metadata<Signed[RoleName]>, now: Date): Check {
  const file = fileOf(role, signed.version);
  const since = signed.isExpired(now) ? `it ran out on ${signed.expires}` : undefined;
  return check({ file }, `is good until ${signed.expires}`, since);
}

function claim(file: string, text: string, prove: () => void): Check {
  try {
    prove();
    return check({ file }, text, undefined);
  } catch (error) {
    return check({ file }, text, messageOf(error));
  }
}

function fileOf(role: RoleName, version = 0): string {
  return role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`;
}
