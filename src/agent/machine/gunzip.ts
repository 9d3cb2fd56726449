/** Unpacking within bounds: a few kilobytes may unpack to terabytes. */
import { formatSize } from '../../units.ts';
import type { Host } from '../host.ts';
import { onMachine, withScratch } from './scratch.ts';

const TIMEOUT_MS = 60_000;

/**
 * Unpacks what gzip packed (RFC 1952), with gzip(1).
 * @param maximumBytes More than this is refused; the kernel ends gzip when it writes more.
 * @returns The bytes, or why there are none.
 * @throws {HostError} when there is no place to unpack to.
 */
export function gunzip(host: Host, packed: Uint8Array, maximumBytes: number): Uint8Array | string {
  // In blocks of 512 bytes, as POSIX has it for `ulimit -f`; one more than is accepted, to tell it from a full file.
  const script = `ulimit -f ${Math.floor(maximumBytes / 512) + 1} && exec gzip -dc > "$1"`;
  return withScratch(host, 'unpacked', (path) => {
    const { exitCode, stderr } = host.run(['sh', '-c', script, 'unpack', onMachine(host, path)], {
      input: packed,
      timeoutMs: TIMEOUT_MS,
    });
    const bytes = host.readBytes(path) ?? new Uint8Array();
    if (bytes.length > maximumBytes) return `unpacked it has more than ${formatSize(maximumBytes)}`;
    return exitCode === 0 ? bytes : stderr.trim() || `gzip ended with exit code ${exitCode}`;
  });
}
