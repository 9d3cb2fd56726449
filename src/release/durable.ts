/** Files that are there for good once a call returns: synced, and their folder's entry with them. */
import { chmod, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '../store/store.ts';

/** A web server reads it. */
const MODE = 0o644;

/** Writes a whole file, or nothing. */
export async function writeDurably(path: string, text: string | Uint8Array): Promise<void> {
  await writeFileAtomically(path, text, MODE);
  await syncFolder(dirname(path));
}

/** Moves a finished file into its place on the same file system. */
export async function placeDurably(from: string, to: string): Promise<void> {
  await chmod(from, MODE);
  const file = await open(from, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** A name that was put into a folder, or went from it, is so for good. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
