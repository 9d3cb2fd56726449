/** Payloads and deltas: in parts, resumed after an interruption, and verified before anybody gets to see them. */
import { formatSize } from '../../../units.ts';
import type { Host } from '../../host.ts';
import type { HttpAddress } from '../../http/address.ts';
import { fetchPart } from '../../http/part.ts';
import { pauseAfter } from '../../http/retry.ts';
import { sha256OfFiles } from '../../machine/digests.ts';
import { onMachine } from '../../machine/scratch.ts';
import { UpdateFailure } from '../failure.ts';
import { type Patience, SLOWEST_BYTES_PER_SECOND } from './patience.ts';
import { CHECK_THE_SERVER } from './small-file.ts';

export interface LargeFile {
  readonly address: HttpAddress;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Where it comes to be, whole and verified. Until then it lies beside it, and is found again by the next attempt. */
  readonly destination: string;
}

export type OnProgress = (doneBytes: number, totalBytes: number) => void;

/** Between two of them progress is told. Small enough for a slow line, large enough that asking costs nothing. */
const PART_BYTES = 8 * 1024 * 1024;
/** An attempt that brought as much was no failure, however it ended. */
const PROGRESS_BYTES = 256 * 1024;

/**
 * What is there already and right is not fetched again.
 * @throws {UpdateFailure} what came of it stays for the next attempt, unless it is wrong or the disk is full.
 */
export function fetchLargeFile(
  host: Host,
  file: LargeFile,
  patience: Patience,
  onProgress: OnProgress = () => undefined,
): void {
  const { destination } = file;
  host.makeFolder(destination.replace(/\/[^/]*$/, '') || '/');
  const partial = partialPath(file);
  removeOthers(host, destination, partial);
  if (sizeOf(host, destination) === file.sizeBytes && digestOf(host, destination) === file.sha256) return;
  host.remove(destination);

  const resumed = sizeOf(host, partial) > 0;
  complete(host, file, partial, patience, onProgress);
  let digest = digestOf(host, partial);
  if (digest !== file.sha256 && resumed) {
    host.log(
      'warning',
      `update: what was fetched of ${file.address.shown} at an earlier time is damaged; it is fetched anew`,
    );
    host.remove(partial);
    complete(host, file, partial, patience, onProgress);
    digest = digestOf(host, partial);
  }
  if (digest !== file.sha256) {
    host.remove(partial);
    throw new UpdateFailure(
      `${file.address.shown}: its SHA-256 is ${digest}, and the repository's metadata says ${file.sha256}`,
      { next: 'nothing of it was used; the file on the server is damaged, or was changed', passing: true },
    );
  }
  host.rename(partial, destination);
}

/** Removes what attempts have left beside a destination. */
export function removePartial(host: Host, destination: string): void {
  removeOthers(host, destination, '');
}

/** Fetches until the file has all its bytes. */
function complete(
  host: Host,
  file: LargeFile,
  partial: string,
  patience: Patience,
  onProgress: OnProgress,
): void {
  const { sizeBytes, address } = file;
  if (sizeOf(host, partial) > sizeBytes) host.remove(partial);
  if (sizeBytes === 0) host.writeFile(partial, '', { flush: false });
  const slowest = { bytesPerSecond: SLOWEST_BYTES_PER_SECOND, seconds: patience.slowSeconds };
  let restarts = 0;
  let failures = 0;
  let from = sizeOf(host, partial);
  while (from < sizeBytes) {
    onProgress(from, sizeBytes);
    const until = Math.min(from + PART_BYTES, sizeBytes);
    const attempt = fetchPart(host, { address, path: partial, from, until, totalBytes: sizeBytes, slowest });
    const now = sizeOf(host, partial);
    if ('value' in attempt && attempt.value === 'from-the-start' && restarts++ === 0) {
      host.remove(partial);
      from = 0;
      continue;
    }
    const reason = 'reason' in attempt ? attempt.reason : 'the server gives less than it was asked for';
    const passing = 'reason' in attempt ? attempt.passing : true;
    if (now - from >= Math.min(PROGRESS_BYTES, until - from)) failures = 0;
    else failures++;
    if (!passing || failures >= patience.attempts)
      throw stopped(host, file, partial, { reason, passing, failures });
    if (failures > 0) {
      host.log(
        'info',
        `update: ${address.shown}: ${reason}, at ${formatSize(now)} of ${formatSize(sizeBytes)}; trying again`,
      );
      host.sleep(pauseAfter(failures, Math.random()));
    }
    from = now;
  }
  onProgress(sizeBytes, sizeBytes);
}

function stopped(
  host: Host,
  { address, sizeBytes }: LargeFile,
  partial: string,
  { reason, passing, failures }: { reason: string; passing: boolean; failures: number },
): UpdateFailure {
  const after = failures > 1 ? ` (gave up after ${failures} attempts)` : '';
  const there = sizeOf(host, partial);
  // A full disk, and a server that sends something else: what is there helps nobody.
  if (!passing) host.remove(partial);
  const kept = passing && there > 0;
  const CHECK = /disk/.test(reason)
    ? 'make room on the disk; nothing of it was left there'
    : CHECK_THE_SERVER;
  return new UpdateFailure(
    `${address.shown}: ${reason}${after}, at ${formatSize(there)} of ${formatSize(sizeBytes)}`,
    {
      passing,
      next: kept ? 'the next attempt goes on from there' : passing ? 'the next attempt begins anew' : CHECK,
    },
  );
}

/** Another file of the same name has another one. */
function partialPath({ destination, sha256 }: LargeFile): string {
  return `${destination}.${sha256.slice(0, 16)}.partial`;
}

function removeOthers(host: Host, destination: string, partial: string): void {
  const [folder = '', name = ''] = [
    destination.replace(/\/[^/]*$/, '') || '/',
    destination.replace(/^.*\//, ''),
  ];
  for (const other of host.list(folder)) {
    const isOne =
      other.startsWith(`${name}.`) && /^[0-9a-f]{16}\.partial$/.test(other.slice(name.length + 1));
    const path = `${folder === '/' ? '' : folder}/${other}`;
    if (isOne && path !== partial) host.remove(path);
  }
}

/** 0 when there is none. */
function sizeOf(host: Host, path: string): number {
  if (host.kind(path) !== 'file') return 0;
  const { exitCode, stdout } = host.run(['stat', '--format=%s', '--', onMachine(host, path)]);
  return exitCode === 0 ? Number(stdout) : 0;
}

function digestOf(host: Host, path: string): string | undefined {
  return sha256OfFiles(host, [path]).get(path);
}
