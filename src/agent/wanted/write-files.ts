/** `write_files`: what is packed is unpacked. */
import type { FileConfig } from '../../cloud-config/config.ts';
import type { Host } from '../host.ts';
import { gunzip } from '../machine/gunzip.ts';
import type { WantedFile } from './wanted.ts';
import { WantedError } from './wanted-error.ts';

/** Of one unpacked file. */
const UNPACKED_MAXIMUM_BYTES = 64 * 1024 * 1024;

/** @throws {WantedError} for one that cannot be unpacked. */
export function wantedFile(host: Host, file: FileConfig): WantedFile {
  const { path, mode, owner } = file;
  return { kind: 'file', path, mode, owner, content: file.gzip ? unpack(host, file) : file.content };
}

function unpack(host: Host, { path, content }: FileConfig): Uint8Array {
  const unpacked = gunzip(host, content, UNPACKED_MAXIMUM_BYTES);
  if (typeof unpacked !== 'string') return unpacked;
  throw new WantedError(
    `write_files: ${path}: its content cannot be unpacked with gzip: ${unpacked}`,
    'check the content with base64 -d | gzip -t',
  );
}
