/** Made-up raw disks: blocks of data between holes, in the output folder of a build. */

import { createHash } from 'node:crypto';
import { mkdir, open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BLOCK_BYTES } from '../../src/publish/aws/blocks.ts';
import { digestFile } from '../../src/store/digest.ts';
import { madeUpManifest } from './made-up-manifest.ts';

export interface RawDiskContent {
  readonly image?: string;
  readonly version: string;
  readonly sizeBytes: number;
  /** Blocks of 512 KiB that have data; the others are holes, and block 0 is written zeros. */
  readonly blocks: readonly number[];
}

export interface RawDisk {
  readonly folder: string;
  readonly path: string;
  readonly sha256: string;
}

/** Writes an output folder with a raw disk in it. */
export async function makeRawDisk(parent: string, content: RawDiskContent): Promise<RawDisk> {
  const { image = 'aws', version, sizeBytes, blocks } = content;
  const folder = join(parent, image, version);
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${image}_${version}.raw`);
  const file = await open(path, 'w');
  try {
    await file.truncate(sizeBytes);
    await file.write(Buffer.alloc(Math.min(BLOCK_BYTES, sizeBytes)), 0, undefined, 0);
    for (const index of blocks) {
      // Only some of it: what matters is that one byte makes a block, wherever it is.
      const start = index * BLOCK_BYTES;
      const room = Math.min(BLOCK_BYTES, sizeBytes - start);
      const bytes = createHash('shake256', { outputLength: Math.min(room, 4096) })
        .update(`${version} ${index}`)
        .digest();
      await file.write(bytes, 0, undefined, start + ((index * 4099) % (room - bytes.length + 1)));
    }
    await file.truncate(sizeBytes);
  } finally {
    await file.close();
  }
  const sha256 = await digestFile(path);
  const manifest = madeUpManifest(
    { image, version, rootHash: createHash('sha256').update(version).digest('hex') },
    [
      {
        file: `${image}_${version}.raw`,
        role: 'disk',
        format: 'raw',
        sizeBytes: (await stat(path)).size,
        sha256,
      },
    ],
  );
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return { folder, path, sha256 };
}
