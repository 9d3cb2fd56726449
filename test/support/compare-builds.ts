/** Names the first thing in which two builds of the same lock differ, down to the file inside the image. */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../src/build/manifest.ts';
import { digestFile } from '../../src/store/digest.ts';
import { listInitrd, listRoot, peSections, readInRoot } from './root-image.ts';

/** The files that must be the same, in the order in which each is made from those before. */
const ROLES = ['root', 'verity', 'uki', 'disk'] as const;

/**
 * Compares the images of two output folders.
 * @returns Undefined when they are the same; otherwise a sentence about the first difference.
 */
export async function firstDifference(one: string, two: string): Promise<string | undefined> {
  for (const role of ROLES) {
    const [a, b] = [await artifact(one, role), await artifact(two, role)];
    if ((await digestFile(a)) === (await digestFile(b))) continue;
    const detail =
      role === 'root' ? await rootDifference(a, b) : role === 'uki' ? await ukiDifference(a, b) : undefined;
    return `${role}: ${detail ?? (await byteDifference(a, b))}`;
  }
  return undefined;
}

async function artifact(folder: string, role: string): Promise<string> {
  const { artifacts } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const found = artifacts.find((entry) => entry.role === role && entry.format !== 'qcow2');
  if (found === undefined) throw new Error(`${folder} has no ${role}`);
  return join(folder, found.file);
}

/** By names, modes, owners, sizes and dates first; then by content. */
async function rootDifference(a: string, b: string): Promise<string | undefined> {
  const [listA, listB] = [await listRoot(a), await listRoot(b)];
  const listed = mapDifference(listA, listB);
  if (listed !== undefined) return listed;
  for (const [path, entry] of listA) {
    if (!entry.startsWith('-')) continue;
    const [fileA, fileB] = [await readInRoot(a, path), await readInRoot(b, path)];
    const at = firstByte(fileA, fileB);
    if (at !== undefined) return `the content of ${path} differs from byte ${at} on`;
  }
  return undefined;
}

async function ukiDifference(a: string, b: string): Promise<string | undefined> {
  const [sectionsA, sectionsB] = [await peSections(a), await peSections(b)];
  // The headers hold sizes of the sections: a section tells more.
  const named = [...sectionsA].sort(([x], [y]) => Number(x === 'headers') - Number(y === 'headers'));
  for (const [name, bytes] of named) {
    const at = firstByte(bytes, sectionsB.get(name) ?? Buffer.alloc(0));
    if (at === undefined) continue;
    if (name !== '.initrd') return `section ${name} differs from byte ${at} on: "${excerpt(bytes, at)}"`;
    const listed = mapDifference(
      await listInitrd(bytes),
      await listInitrd(sectionsB.get(name) ?? Buffer.alloc(0)),
    );
    return `section .initrd: ${listed ?? `the content of its archive, from byte ${at} on`}`;
  }
  return undefined;
}

function mapDifference(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string | undefined {
  for (const path of [...new Set([...a.keys(), ...b.keys()])].sort()) {
    if (a.get(path) !== b.get(path))
      return `${path} is "${a.get(path) ?? 'absent'}" and "${b.get(path) ?? 'absent'}"`;
  }
  return undefined;
}

async function byteDifference(a: string, b: string): Promise<string> {
  const [one, two] = [await open(a), await open(b)];
  try {
    const [left, right] = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)];
    for (let offset = 0; ; ) {
      const [{ bytesRead: countA }, { bytesRead: countB }] = [
        await one.read(left, 0, left.length, offset),
        await two.read(right, 0, right.length, offset),
      ];
      const at = firstByte(left.subarray(0, countA), right.subarray(0, countB));
      if (at !== undefined) return `differs from byte ${offset + at} on`;
      if (countA === 0) return 'no difference';
      offset += countA;
    }
  } finally {
    await one.close();
    await two.close();
  }
}

function firstByte(a: Buffer, b: Buffer): number | undefined {
  if (a.equals(b)) return undefined;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) if (a[at] !== b[at]) return at;
  return shorter;
}

function excerpt(bytes: Buffer, at: number): string {
  return bytes
    .subarray(at, at + 40)
    .toString('latin1')
    .replace(/[^ -~]/g, '.');
}
