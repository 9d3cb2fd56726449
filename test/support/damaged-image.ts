/** Copies of an image that a test may damage. */
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from '../../src/exec/run.ts';

/**
 * Copies a raw image with its holes kept. Where the file system can (btrfs, XFS), the
 * copy shares its blocks with the image.
 */
export async function copySparse(image: string, folder: string): Promise<string> {
  const copy = join(folder, basename(image));
  await run(['cp', '--reflink=auto', '--sparse=auto', '--', image, copy]);
  return copy;
}

/** Flips all bits of one byte. */
export async function flipByte(path: string, offset: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, offset);
    await handle.write(Buffer.from([byte.readUInt8() ^ 0xff]), 0, 1, offset);
  } finally {
    await handle.close();
  }
}
