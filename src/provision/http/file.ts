/** Files: images, and iPXE's boot programs. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageFile } from '../images.ts';
import { type Answer, Refusal } from './answer.ts';
import { readRange } from './range.ts';
import type { Request } from './request.ts';

/** Answers with a file, or the part that was asked for. */
export function fileAnswer(request: Request, { path, sizeBytes, sha256 }: ImageFile): Answer {
  const etag = `"${sha256}"`;
  // A part of another file than the one that was begun would be worse than the whole.
  const ifRange = request.headers['if-range'];
  const wanted = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
  const range = readRange(wanted, sizeBytes);
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes', etag };
  switch (range.kind) {
    case 'all':
      return { status: 200, headers, body: { path, start: 0, end: sizeBytes } };
    case 'part':
      return {
        status: 206,
        headers: { ...headers, 'content-range': `bytes ${range.start}-${range.end - 1}/${sizeBytes}` },
        body: { path, start: range.start, end: range.end },
      };
    case 'unsatisfiable':
      throw new Refusal(416, 'range-invalid', 'the file has no such part', undefined, {
        'content-range': `bytes */${sizeBytes}`,
      });
  }
}

/** iPXE's programs that are served by HTTP, for firmware that boots so. */
const PROGRAMS: readonly string[] = ['snponly.efi', 'ipxe.efi', 'ipxe-arm64.efi', 'undionly.kpxe'];

/** A boot program of iPXE; undefined for any other name. */
export async function bootProgram(folder: string, name: string): Promise<Answer | undefined> {
  if (!PROGRAMS.includes(name)) return undefined;
  const path = join(folder, name);
  const { size } = await stat(path);
  // EDK2's HTTP boot takes this type for a program (HttpBootDxe), as it does the ending .efi.
  const headers = { 'content-type': 'application/efi' };
  return { status: 200, headers, body: { path, start: 0, end: size } };
}
