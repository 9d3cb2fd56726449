/** A version as its build says it is: what a disk that has it must hold. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestSchema } from '../../../src/build/manifest.ts';

/** Content of a partition from its beginning, or of a file. */
export interface KnownPart {
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface KnownVersion {
  readonly version: string;
  readonly rootHash: string;
  readonly root: KnownPart;
  readonly verity: KnownPart;
  readonly uki: KnownPart;
}

/** @param build An output folder. */
export async function knownVersion(build: string): Promise<KnownVersion> {
  const path = join(build, 'manifest.json');
  const { version, rootHash, artifacts } = manifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const part = (wanted: string): KnownPart => {
    const artifact = artifacts.find(({ role }) => role === wanted);
    if (artifact === undefined) throw new Error(`${path} names no ${wanted}`);
    return { sizeBytes: artifact.sizeBytes, sha256: artifact.sha256 };
  };
  return { version, rootHash, root: part('root'), verity: part('verity'), uki: part('uki') };
}
