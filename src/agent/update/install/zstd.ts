/** Unpacking payloads with zstd(1), alone or as the change of an older content. */
import type { Host } from '../../host.ts';
import { runRequired } from '../../machine/run-required.ts';
import { UpdateFailure } from '../failure.ts';

/** A payload on the machine. */
export interface Packed {
  readonly path: string;
  /** What `zstd --patch-from` changes; undefined for a whole payload. */
  readonly from: string | undefined;
  /** Of the larger of both contents: zstd's window is as large. */
  readonly largestBytes: number;
}

/** What zstd reads at most: 2^31 bytes is its own limit. */
const MOST_WINDOW_LOG = 30;

/**
 * The command that unpacks to stdout. Its memory is bounded by the window: without `from` 8 MiB at the levels that
 * releases use; with it, as much as the content, and the old content mapped from its file.
 */
function unpackCommand({ from, largestBytes, path }: Packed): string {
  const windowLog = Math.max(27, Math.ceil(Math.log2(Math.max(1, largestBytes))));
  if (windowLog > MOST_WINDOW_LOG)
    throw new UpdateFailure(`a content of ${largestBytes} bytes is too large for zstd's window`);
  const patch =
    from === undefined ? '' : ` --mmap-dict --long=${windowLog} ${quoted(`--patch-from=${from}`)}`;
  return `zstd --decompress --quiet --stdout${patch} -- ${quoted(path)}`;
}

/** @returns SHA-256 of the content, hexadecimal. @throws {HostError} when it cannot be unpacked. */
export function contentDigest(host: Host, packed: Packed): string {
  return pipe(host, `${unpackCommand(packed)} | sha256sum`).slice(0, 64);
}

/** Writes the content to the beginning of a device; it is on the disk when this returns. @throws {HostError} */
export function unpackToDevice(host: Host, packed: Packed, device: string): void {
  const write = `dd ${quoted(`of=${device}`)} bs=1M iflag=fullblock oflag=direct conv=notrunc,fsync status=none`;
  pipe(host, `${unpackCommand(packed)} | ${write}`);
}

/** Writes the content to a file, and flushes it. @throws {HostError} */
export function unpackToFile(host: Host, packed: Packed, file: string): void {
  pipe(host, `${unpackCommand(packed)} >${quoted(file)} && sync -- ${quoted(file)}`);
}

/** SHA-256 of what a file or device really holds: read from the disk, not from memory. @throws {HostError} */
export function digestOnDisk(host: Host, path: string, sizeBytes: number): string {
  const read = `dd ${quoted(`if=${path}`)} bs=1M iflag=direct,count_bytes count=${sizeBytes} status=none`;
  return pipe(host, `${read} | sha256sum`).slice(0, 64);
}

/** bash has `pipefail`: the first program's failure is the line's. */
function pipe(host: Host, line: string): string {
  return runRequired(host, ['bash', '-c', `set -o pipefail; ${line}`]);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
