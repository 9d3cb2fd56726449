/** SHA-256 of a file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { MIB } from '../units.ts';

export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: MIB })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
