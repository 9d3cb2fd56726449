/** `write_files`: what is packed is unpacked. */
import type { FileConfig } from '../../cloud-config/config.ts';
import type { Host } from '../host.ts';
import { onMachine, withScratch } from '../sources/scratch.ts';
import type { WantedFile } from './wanted.ts';
import { WantedError } from './wanted-error.ts';

/** Of one unpacked file: a few kilobytes may unpack to terabytes. */
const UNPACKED_MAXIMUM_BYTES = 64 * 1024 * 1024;
const UNPACK_TIMEOUT_MS = 60_000;
/** The kernel ends gzip when it writes more. In blocks of 512 bytes, as POSIX has it for `ulimit -f`. */
const UNPACK = `ulimit -f ${UNPACKED_MAXIMUM_BYTES / 512} && exec gzip -dc > "$1"`;

/** @throws {WantedError} for one that cannot be unpacked. */
export function wantedFile(host: Host, file: FileConfig): WantedFile {
  const { path, mode, owner } = file;
  return { kind: 'file', path, mode, owner, content: file.gzip ? unpack(host, file) : file.content };
}

function unpack(host: Host, { path, content }: FileConfig): Uint8Array {
  return withScratch(host, 'unpacked', (scratch) => {
    const { exitCode, stderr } = host.run(['sh', '-c', UNPACK, 'unpack', onMachine(host, scratch)], {
      input: content,
      timeoutMs: UNPACK_TIMEOUT_MS,
    });
    if (exitCode === 0) return host.readBytes(scratch) ?? new Uint8Array();
    throw new WantedError(
      `write_files: ${path}: its content cannot be unpacked with gzip: ${stderr.trim() || `exit code ${exitCode}`}`,
      `check the content with base64 -d | gzip -t; unpacked it may have at most ${UNPACKED_MAXIMUM_BYTES / 1024 / 1024} MiB`,
    );
  });
}
