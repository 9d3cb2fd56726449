/** Checks files against the SHA-256 that manifest.json and SHA256SUMS give them. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../build/manifest.ts';
import { digestFile } from '../store/digest.ts';
import { formatSize } from '../units.ts';
import { type Check, check } from './check.ts';
import { parseSums } from './output-folder.ts';

/** What a file should be. */
export interface ExpectedFile {
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes?: number | undefined;
}

/** Recomputes the digest of one file. */
export async function verifyDigest(
  folder: string,
  expected: ExpectedFile,
  signal: AbortSignal,
): Promise<Check> {
  const { file, sha256, sizeBytes } = expected;
  const path = join(folder, file);
  const claim = 'has its SHA-256';
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return check({ file }, claim, 'the file is missing');
  if (sizeBytes !== undefined && found.size !== sizeBytes) {
    const size = (bytes: number) => `${bytes} bytes (${formatSize(bytes)})`;
    return check({ file }, claim, `it has ${size(found.size)}, and should have ${size(sizeBytes)}`);
  }
  const digest = await digestFile(path, signal);
  const short = (text: string) => `${text.slice(0, 12)}…`;
  return check(
    { file },
    claim,
    digest === sha256 ? undefined : `its SHA-256 is ${short(digest)}, and should be ${short(sha256)}`,
  );
}

/** Checks that SHA256SUMS is there and says what manifest.json says. */
export async function verifySums(folder: string, manifest: Manifest | undefined): Promise<Check> {
  const sums = await readSums(folder);
  const differing = (manifest?.artifacts ?? []).filter(({ file, sha256 }) => sums?.get(file) !== sha256);
  const problem =
    sums === undefined
      ? 'the file is missing'
      : differing.length > 0
        ? `it differs from manifest.json on ${differing.map(({ file }) => file).join(', ')}`
        : sums.has('manifest.json')
          ? undefined
          : 'it does not list manifest.json';
  return check({ file: 'SHA256SUMS' }, 'lists every file as manifest.json does', problem);
}

/** The files that only SHA256SUMS lists: the manifest, and, when that is damaged, all others. */
export async function filesOnlyInSums(
  folder: string,
  manifest: Manifest | undefined,
): Promise<readonly ExpectedFile[]> {
  const known = new Set(manifest?.artifacts.map(({ file }) => file));
  return [...((await readSums(folder)) ?? [])]
    .filter(([file]) => !known.has(file))
    .map(([file, sha256]) => ({ file, sha256 }));
}

async function readSums(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  const text = await readFile(join(folder, 'SHA256SUMS'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseSums(text);
}
