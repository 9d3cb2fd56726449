/** Settles what a program left to chance in a file that it made. */
import { open } from 'node:fs/promises';
import type { ReadBytes } from '../disk/gpt-header.ts';
import type { Patch } from '../formats/patch.ts';

/** Opens the file, asks for the changes, and writes them. */
export async function patchFile(
  path: string,
  changes: (read: ReadBytes) => Promise<readonly Patch[]>,
): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const read: ReadBytes = async (offset, length) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    };
    for (const { offset, bytes } of await changes(read)) await handle.write(bytes, 0, bytes.length, offset);
  } finally {
    await handle.close();
  }
}
