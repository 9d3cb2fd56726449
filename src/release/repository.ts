/**
 * A repository on disk, as any static web server serves it:
 *
 *     metadata/   1.root.json … N.root.json, V.targets.json, V.snapshot.json, timestamp.json
 *     targets/    DIRECTORY/SHA256.NAME for the target DIRECTORY/NAME
 *
 * These are TUF's consistent snapshots (specification, 6.2): a file never changes once it is there, but timestamp.json.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { Readable } from 'node:stream';
import type { Metadata, MetaFile, Root } from '@tufjs/models';
import { messageOf, UserError } from '../errors.ts';
import { parse, type Signed } from './metadata.ts';
import type { RoleName } from './roles.ts';

/** A file of the repository, as the targets metadata names it. */
export interface Target {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Metadata in force: what a client that comes now believes. */
export interface State {
  readonly root: Metadata<Root>;
  readonly targets: Metadata<Signed['targets']>;
  readonly snapshot: Metadata<Signed['snapshot']>;
  readonly timestamp: Metadata<Signed['timestamp']>;
}

/** What the metadata in force names, by path. */
export function targetsOf({ targets }: State): ReadonlyMap<string, Target> {
  return new Map(
    Object.entries(targets.signed.targets).map(([path, { length, hashes }]) => [
      path,
      { sizeBytes: length, sha256: hashes.sha256 ?? '' },
    ]),
  );
}

export class Repository {
  constructor(readonly folder: string) {}

  /** @param file Such as `timestamp.json`. */
  metadataPath(file: string): string {
    return join(this.folder, 'metadata', file);
  }

  /** Where a target's file is. */
  targetPath(path: string, sha256: string): string {
    return join(this.folder, 'targets', dirname(path), `${sha256}.${posix.basename(path)}`);
  }

  /** Numbers of the metadata files of a role that has them, ascending. */
  async versionsOf(role: Exclude<RoleName, 'timestamp'>): Promise<number[]> {
    const names = await readdir(this.metadataPath('')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const pattern = new RegExp(`^([1-9]\\d*)\\.${role}\\.json$`);
    return names
      .flatMap((name) => pattern.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((left, right) => left - right);
  }

  /** @throws {UserError} when it is not there, or is no metadata. */
  async read<Role extends RoleName>(role: Role, file: string): Promise<Metadata<Signed[Role]>> {
    return parse(role, await this.text(file), this.metadataPath(file));
  }

  /** Whether somebody made a repository here, to its end. */
  async exists(): Promise<boolean> {
    return readFile(this.metadataPath('timestamp.json')).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
  }

  /**
   * Follows the metadata as a client does, but for expiry: what has run out can be signed again.
   * @param start The timestamp's file.
   * @throws {UserError} when there is no repository, or something in it is not what was signed.
   */
  async state(start = 'timestamp.json'): Promise<State> {
    const [newest] = (await this.versionsOf('root')).reverse();
    if (newest === undefined || !(await this.exists()))
      throw noRepository(this.folder, 'no metadata/timestamp.json');
    const root = await this.read('root', `${newest}.root.json`);
    const timestamp = await this.read('timestamp', start);
    const { snapshotMeta } = timestamp.signed;
    const snapshot = await this.named('snapshot', snapshotMeta);
    const targetsMeta = snapshot.signed.meta['targets.json'];
    if (targetsMeta === undefined) {
      throw damaged(
        this.metadataPath(`${snapshotMeta.version}.snapshot.json`),
        'it does not name targets.json',
      );
    }
    const targets = await this.named('targets', targetsMeta);
    const all = { root, timestamp, snapshot, targets };
    for (const role of ['root', 'timestamp', 'snapshot', 'targets'] as const) {
      const file = role === 'timestamp' ? start : `${all[role].signed.version}.${role}.json`;
      try {
        root.verifyDelegate(role, all[role]);
      } catch (cause) {
        throw damaged(this.metadataPath(file), messageOf(cause), cause);
      }
    }
    return all;
  }

  /** A target's content. @throws {UserError} when it is not there, or not what the metadata says. */
  async readTarget({ targets }: State, path: string): Promise<string> {
    const target = targets.signed.targets[path];
    if (target === undefined) throw damaged(this.folder, `the metadata does not name ${path}`);
    const file = this.targetPath(path, target.hashes.sha256 ?? '');
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw damaged(file, messageOf(cause), cause);
    });
    try {
      await target.verify(Readable.from([bytes]));
    } catch (cause) {
      throw damaged(file, messageOf(cause), cause);
    }
    return bytes.toString('utf8');
  }

  private async text(file: string): Promise<string> {
    const path = this.metadataPath(file);
    return readFile(path, 'utf8').catch((cause: unknown) => {
      throw damaged(path, messageOf(cause), cause);
    });
  }

  private async named<Role extends 'snapshot' | 'targets'>(
    role: Role,
    meta: MetaFile,
  ): Promise<Metadata<Signed[Role]>> {
    const file = `${meta.version}.${role}.json`;
    const text = await this.text(file);
    const metadata = parse(role, text, this.metadataPath(file));
    try {
      meta.verify(Buffer.from(text));
      if (metadata.signed.version !== meta.version)
        throw new Error(`its version is ${metadata.signed.version}`);
    } catch (cause) {
      throw damaged(this.metadataPath(file), messageOf(cause), cause);
    }
    return metadata;
  }
}

/** Nobody made a repository there. */
export function noRepository(folder: string, seen: string): UserError {
  return new UserError('no-repository', 'there is no update repository here', {
    where: folder,
    seen,
    next: ['./basalt release init REPOSITORY --keys DIR makes one'],
  });
}

function damaged(where: string, seen: string, cause?: unknown): UserError {
  return new UserError('repository-damaged', 'the repository is not as it was signed', {
    where,
    seen,
    next: [
      './basalt release verify REPOSITORY tells all that is wrong',
      'put it back from a copy of the repository',
    ],
    cause,
  });
}
