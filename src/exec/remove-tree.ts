/** Removes a folder that may hold files of subordinate ids. */
import { rm } from 'node:fs/promises';
import type { Identity } from './identity.ts';
import { run } from './run.ts';

/** Removes a folder and what is in it. An ordinary user may remove files of subordinate ids only inside the namespace. */
export async function removeTree(path: string, identity: Identity): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if (identity.kind === 'root') throw error;
    await run([
      'unshare',
      '--user',
      '--map-root-user',
      '--map-auto',
      '--setuid=0',
      '--setgid=0',
      '--',
      'rm',
      '-rf',
      '--',
      path,
    ]);
  }
}
