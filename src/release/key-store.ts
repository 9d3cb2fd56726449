/**
 * The keys of a repository, in folders of their own: `ROLE-NUMBER.pem` (key-file.ts) or `ROLE-NUMBER.signer.json`
 * (external-signer.ts). The names are for people: which key counts for which role is said by the repository's root.
 */
import { mkdir, readdir, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { UserError } from '../errors.ts';
import { openExternalSigner } from './external-signer.ts';
import { makeKeyFile, openKeyFile } from './key-file.ts';
import type { RoleName } from './roles.ts';
import type { Signer } from './signer.ts';

const PRIVATE = '.pem';
const EXTERNAL = '.signer.json';

export interface KeyStoreOptions {
  /** The first gets the keys that are made. */
  readonly folders: readonly string[];
  /** The published folder, where keys must not be. */
  readonly repository: string;
  readonly signal: AbortSignal;
}

export class KeyStore {
  private constructor(
    private readonly options: KeyStoreOptions,
    private readonly signers: Map<string, Signer>,
  ) {}

  /** @throws {UserError} when a folder cannot be used, or a key in it is open to others. */
  static async open(options: KeyStoreOptions): Promise<KeyStore> {
    const signers = new Map<string, Signer>();
    for (const folder of options.folders) {
      await refuseInside(folder, options.repository);
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      });
      for (const name of names.sort()) {
        const signer = await openSigner(join(folder, name), options.signal);
        if (signer !== undefined) signers.set(signer.keyId, signer);
      }
    }
    return new KeyStore(options, signers);
  }

  /** The signer of a key; undefined when no folder has it. */
  find(keyId: string): Signer | undefined {
    return this.signers.get(keyId);
  }

  /** What is in `ROLE-NUMBER.*`; made when there is none. */
  async numbered(
    role: RoleName,
    number: number,
  ): Promise<{ readonly signer: Signer; readonly isNew: boolean }> {
    const name = `${role}-${number}`;
    const known = [...this.signers.values()].find(({ file }) =>
      [PRIVATE, EXTERNAL].some((ending) => file.endsWith(`${sep}${name}${ending}`)),
    );
    return known === undefined
      ? { signer: await this.make(name), isNew: true }
      : { signer: known, isNew: false };
  }

  /** A new key, with the next free number. */
  async next(role: RoleName): Promise<Signer> {
    const numbers = [...this.signers.values()].map(({ file }) =>
      Number(new RegExp(`${sep}${role}-(\\d+)\\.[a-z.]+$`).exec(file)?.[1] ?? 0),
    );
    return this.make(`${role}-${Math.max(0, ...numbers) + 1}`);
  }

  /** Adds a key from a file that need not be in one of the folders. @throws {UserError} */
  async add(path: string): Promise<Signer> {
    const signer = await openSigner(resolve(path), this.options.signal);
    if (signer === undefined) {
      throw new UserError('key-invalid', 'the name of this file does not say what it is', {
        where: path,
        needed: `a private key NAME${PRIVATE}, or a signing program NAME${EXTERNAL}`,
      });
    }
    this.signers.set(signer.keyId, signer);
    return signer;
  }

  private async make(name: string): Promise<Signer> {
    const [folder] = this.options.folders;
    if (folder === undefined)
      throw new UserError('keys-needed', 'no folder for keys is named', { next: ['--keys DIR'] });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await refuseInside(folder, this.options.repository);
    const signer = await makeKeyFile(join(folder, `${name}${PRIVATE}`));
    this.signers.set(signer.keyId, signer);
    return signer;
  }
}

async function openSigner(path: string, signal: AbortSignal): Promise<Signer | undefined> {
  if (path.endsWith(PRIVATE)) return openKeyFile(path);
  return path.endsWith(EXTERNAL) ? openExternalSigner(path, signal) : undefined;
}

/** @throws {UserError} when a web server that serves the repository would serve the keys. */
async function refuseInside(folder: string, repository: string): Promise<void> {
  const [keys, published] = await Promise.all([folder, repository].map(whereReally));
  if (`${keys}${sep}`.startsWith(`${published}${sep}`)) {
    throw new UserError('keys-published', 'the keys would be published with the repository', {
      where: folder,
      needed: `a folder that is not in ${repository}`,
      next: ['move the keys out of it; if it was served already, make new ones with ./basalt release rotate'],
    });
  }
}

/** Links followed as far as the path exists. */
async function whereReally(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
