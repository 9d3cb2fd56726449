/** Step 3: the verified root and its hash tree go into the slot. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { InterruptedError, UserError } from '../../errors.ts';
import { MIB } from '../../units.ts';
import { type BlockDevice, withDevice } from '../block-device.ts';
import type { InstallContext, PartitionedDisk } from '../context.ts';
import type { InstallPart } from '../source.ts';

const CHUNK_BYTES = 4 * MIB;
/** Written through to the disk so often, so that the progress told is that of the disk, and memory holds little of it. */
const FLUSH_BYTES = 64 * MIB;

/** SHA-256 of what was read from the source, in hex. */
export interface CopiedDigests {
  readonly root: string;
  readonly verity: string;
}

/** @param onProgress Bytes done of both. */
export async function copy(
  { source, signal }: InstallContext,
  { shape, slots }: PartitionedDisk,
  onProgress: (doneBytes: number) => void,
): Promise<CopiedDigests> {
  return withDevice(shape.path, 'write', async (device) => {
    const verity = await copyPart(device, source.verity, slots.target.verity.firstByte, signal, onProgress);
    const root = await copyPart(device, source.root, slots.target.root.firstByte, signal, (done) =>
      onProgress(source.verity.sizeBytes + done),
    );
    return { root, verity };
  });
}

async function copyPart(
  device: BlockDevice,
  { path, sizeBytes }: InstallPart,
  firstByte: number,
  signal: AbortSignal,
  onProgress: (doneBytes: number) => void,
): Promise<string> {
  const from = await open(path, 'r');
  const hash = createHash('sha256');
  try {
    let next = readChunk(from, path, 0, sizeBytes);
    for (let done = 0; done < sizeBytes; ) {
      if (signal.aborted) throw new InterruptedError();
      const chunk = await next;
      // The next is read while this one is written.
      next = readChunk(from, path, done + chunk.length, sizeBytes);
      next.catch(() => undefined);
      hash.update(chunk);
      await device.write(firstByte + done, chunk);
      const before = done;
      done += chunk.length;
      const isOver = Math.floor(done / FLUSH_BYTES) > Math.floor(before / FLUSH_BYTES);
      if (isOver || done === sizeBytes) await device.flush();
      onProgress(done);
    }
    await next;
    return hash.digest('hex');
  } finally {
    await from.close();
  }
}

async function readChunk(from: FileHandle, path: string, at: number, sizeBytes: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes - at));
  for (let done = 0; done < chunk.length; ) {
    const { bytesRead } = await from.read(chunk, done, chunk.length - done, at + done);
    if (bytesRead === 0)
      throw new UserError('source-invalid', 'what is to be installed ends early', {
        seen: `${at + done} bytes`,
        needed: `${sizeBytes} bytes`,
        where: path,
      });
    done += bytesRead;
  }
  return chunk;
}
