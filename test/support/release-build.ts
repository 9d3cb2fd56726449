/** Made-up builds for update repositories: the files and the manifest of an output folder, without an image in them. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentIdentity } from '../../src/exec/identity.ts';
import type { Workshop } from '../../src/inspect/workshop.ts';
import type { ReleaseContext } from '../../src/release/context.ts';
import { verifyRepository } from '../../src/release/verify.ts';
import { Store } from '../../src/store/store.ts';
import { MIB } from '../../src/units.ts';
import { madeUpManifest } from './made-up-manifest.ts';
import { testToolbox } from './toolbox.ts';

export interface BuildContent {
  readonly image?: string;
  readonly version: string;
  /** Bytes that versions of one seed have in common. */
  readonly seed?: string;
  /** How many bytes of the root are this version's own. */
  readonly changedBytes?: number;
  readonly rootBytes?: number;
}

/** Bytes that look random and are the same each time. */
function seededBytes(seed: string, count: number): Buffer {
  // SHAKE256 gives as many as are asked for (FIPS 202).
  return createHash('shake256', { outputLength: count }).update(seed).digest();
}

/** Writes an output folder, and returns it with the content of its root. */
export async function makeBuild(
  parent: string,
  content: BuildContent,
): Promise<{ folder: string; root: Buffer }> {
  const { image = 'qemu', version, seed = 'base', changedBytes = 10_000, rootBytes = MIB } = content;
  const folder = join(parent, image, version);
  await mkdir(folder, { recursive: true });
  const root = seededBytes(seed, rootBytes);
  seededBytes(`${version} root`, changedBytes).copy(root, Math.floor(rootBytes / 3));
  const files = [
    { role: 'root', format: 'squashfs', name: 'root', bytes: root },
    { role: 'verity', format: 'dm-verity', name: 'verity', bytes: seededBytes(`${version} verity`, 20_000) },
    {
      role: 'uki',
      format: 'pe',
      name: 'efi',
      bytes: Buffer.concat([seededBytes(seed, 200_000), Buffer.from(version)]),
    },
  ] as const;
  for (const { name, bytes } of files) await writeFile(join(folder, `${image}_${version}.${name}`), bytes);
  const manifest = madeUpManifest(
    { image, version, rootHash: createHash('sha256').update(root).digest('hex') },
    files.map(({ role, format, name, bytes }) => ({
      file: `${image}_${version}.${name}`,
      role,
      format,
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
  );
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return { folder, root };
}

/** A place for a repository, its keys and builds. */
export interface ReleasePlace {
  readonly folder: string;
  readonly context: ReleaseContext;
  /** What was told. */
  readonly messages: string[];
  remove(): Promise<void>;
}

/** A fresh place; its repository is not made yet. */
export async function makeReleasePlace(changes: Partial<ReleaseContext> = {}): Promise<ReleasePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'basalt-release-test-'));
  const messages: string[] = [];
  const workshop: Workshop = {
    toolbox: () => testToolbox(),
    store: new Store(join(folder, 'store')),
    identity: currentIdentity(),
    signal: new AbortController().signal,
  };
  const context: ReleaseContext = {
    repository: join(folder, 'repository'),
    keys: [join(folder, 'keys')],
    workshop,
    now: () => new Date(),
    onMessage: (_level, text) => messages.push(text),
    ...changes,
  };
  return { folder, context, messages, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Everything that `release verify` does not find sound, with what it says. */
export async function repositoryProblems(context: ReleaseContext): Promise<string[]> {
  const problems: string[] = [];
  let count = 0;
  for await (const { file, claim, outcome, detail } of verifyRepository(context, { deep: true })) {
    count++;
    if (outcome !== 'ok') problems.push(`${file} ${claim}: ${detail}`);
  }
  // What looks at nothing finds nothing.
  if (count < 10 && problems.length === 0) throw new Error(`only ${count} checks`);
  return problems;
}
