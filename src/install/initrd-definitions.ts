/**
 * The partition definitions of an image, from the initrd of its UKI: an output folder has them nowhere else.
 * @see https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { UserError } from '../errors.ts';
import { withFile } from '../inspect/file-reader.ts';
import { readSections } from '../inspect/pe.ts';
import type { Programs } from './programs.ts';

const WHERE = /^\.?\/?usr\/lib\/repart\.d\/[^/]+\.conf$/;
const CPIO_MAGIC = '070701';
const CPIO_HEADER_BYTES = 110;
/** zstd's frames begin so (RFC 8878, 3.1.1). */
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * Writes an image's definitions into a folder.
 * @param uki Path of the UKI.
 * @throws {UserError} `source-invalid` when its initrd has none.
 */
export async function writeInitrdDefinitions(
  programs: Programs,
  uki: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const initrd = await initrdOf(uki);
  const start = endOfArchive(initrd);
  if (!initrd.subarray(start, start + 4).equals(ZSTD_MAGIC)) throw unusable(uki);
  const pieces: Buffer[] = [];
  await programs(['zstd', '--decompress', '--stdout', '--quiet'], {
    signal,
    input: async (stdin) => {
      await new Promise<void>((resolve, reject) => {
        stdin.on('error', reject);
        stdin.end(initrd.subarray(start), resolve);
      });
    },
    onOutput: async (stdout: Readable) => {
      for await (const chunk of stdout) pieces.push(chunk as Buffer);
    },
  });
  const files = filesOf(Buffer.concat(pieces)).filter(({ name }) => WHERE.test(name));
  if (files.length === 0) throw unusable(uki);
  await mkdir(folder, { recursive: true });
  for (const { name, content } of files) await writeFile(join(folder, basename(name)), content);
}

function unusable(uki: string): UserError {
  return new UserError('source-invalid', 'the UKI has no partition definitions', {
    seen: 'no usr/lib/repart.d in its initrd',
    where: uki,
    next: ['build the image again: ./basalt build IMAGE'],
  });
}

async function initrdOf(uki: string): Promise<Buffer> {
  return withFile(uki, async ({ read, sizeBytes }) => {
    const section = (await readSections(read, sizeBytes, uki)).find(({ name }) => name === '.initrd');
    return section === undefined ? Buffer.alloc(0) : read(section.offset, section.sizeBytes);
  });
}

interface ArchiveFile {
  readonly name: string;
  readonly content: Buffer;
}

/** Where the processor's microcode ends, an archive without compression that may come first; 0 without one. */
function endOfArchive(bytes: Buffer): number {
  let end = 0;
  for (const { next } of entriesOf(bytes)) end = next;
  while (end > 0 && end < bytes.length && bytes[end] === 0) end += 1;
  return end;
}

/** Pure: the entries of a cpio archive in the "new" format. */
function filesOf(bytes: Buffer): readonly ArchiveFile[] {
  return [...entriesOf(bytes)];
}

function* entriesOf(bytes: Buffer): Generator<ArchiveFile & { readonly next: number }> {
  const align = (at: number) => Math.ceil(at / 4) * 4;
  for (let at = 0; bytes.toString('latin1', at, at + 6) === CPIO_MAGIC; ) {
    const field = (index: number) =>
      Number.parseInt(bytes.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const nameEnd = at + CPIO_HEADER_BYTES + field(11);
    const name = bytes.toString('utf8', at + CPIO_HEADER_BYTES, nameEnd - 1);
    const start = align(nameEnd);
    const next = align(start + field(6));
    if (!Number.isFinite(next) || next > bytes.length + 3) return;
    yield { name, content: bytes.subarray(start, start + field(6)), next };
    if (name === 'TRAILER!!!') return;
    at = next;
  }
}
