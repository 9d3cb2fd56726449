/** Reading within bounds: whatever comes from outside, the agent reads only so much of it. */
import { type Host, HostError } from '../host.ts';
import { onMachine } from './scratch.ts';
import { Unreadable } from './unreadable.ts';

/**
 * Reads a regular file, whole.
 * @returns Undefined when there is none.
 * @throws {Unreadable} when it is larger, or not a file.
 */
export function readBounded(host: Host, path: string, maximumBytes: number): Uint8Array | undefined {
  const kind = host.kind(path);
  if (kind === undefined) return undefined;
  if (kind !== 'file') throw new Unreadable(`${path} is not a file (${kind})`);
  if (sizeOfFile(host, path) > maximumBytes) throw tooLarge(path, maximumBytes);
  const bytes = host.readBytes(path);
  if (bytes !== undefined && bytes.length > maximumBytes) throw tooLarge(path, maximumBytes);
  return bytes;
}

/** @param what Such as `the answer`. */
export function tooLarge(what: string, maximumBytes: number): Unreadable {
  return new Unreadable(
    `${what} is larger than ${maximumBytes / 1024} KiB, which is the most that is accepted`,
  );
}

/** In bytes; 0 when there is no such file. @throws {HostError} */
export function sizeOfFile(host: Host, path: string): number {
  if (host.kind(path) !== 'file') return 0;
  const { exitCode, stdout, stderr } = host.run(['stat', '--format=%s', '--', onMachine(host, path)]);
  if (exitCode !== 0) throw new HostError(`look at ${path}`, stderr.trim());
  return Number(stdout);
}
